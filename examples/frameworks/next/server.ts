import next from 'next'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { ready, sessions } from '../shop/backend.js'

Object.assign(globalThis, { sessions }) // for lib/session.ts

const app = next({ dev: false, dir: fileURLToPath(new URL('.', import.meta.url)) })
await app.prepare()
const handle = app.getRequestHandler()

const server = createServer((request, response) => void handle(request, response))
await ready(server.listen(0, '127.0.0.1'))
