import type { Server } from 'node:http'
import { createRequestHandler } from 'react-router'
import { serve } from 'srvx'
import { ready } from '../shop/backend.js'
import { build } from './build.js'

const fetch = createRequestHandler(build, 'production')
const server = await serve({ fetch, port: 0, hostname: '127.0.0.1', silent: true }).ready()
await ready(server.node?.server as Server)
