import { createServer, type RequestListener } from 'node:http'
import { ready } from '../shop/backend.js'

// What `nuxt build` made of app/ and server/. Without the preset of nuxt.config.ts it is a program that listens itself.
const { href } = new URL('output/server/index.mjs', import.meta.url)
const { listener } = (await import(href)) as { readonly listener: RequestListener }

const server = createServer(listener)
await ready(server.listen(0, '127.0.0.1'))
