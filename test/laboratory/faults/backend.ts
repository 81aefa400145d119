// One backend, a process of its own, forked by backends.ts: `backend.ts <Setup as JSON>`.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Message, Question, Setup } from './backends.js'
import { connectClient } from './clients.js'
import type { Api } from './api.js'
import { openDropIn, openPeer } from './express-session-api.js'
import { watchHealth } from './health.js'
import { openNativeApi } from './native-api.js'
import { createSite } from './site.js'

const { side, clientName, redisPort, port, clockAheadMs } = JSON.parse(process.argv[2]!) as Setup
const report = (message: Message): void => void process.send?.(message)

if (clockAheadMs !== 0) {
  const now = Date.now.bind(Date)
  Date.now = () => now() + clockAheadMs
}

const client = connectClient(clientName, redisPort)
const apis = { native: openNativeApi, 'drop-in': openDropIn, peer: openPeer }
const api: Api = await apis[side](client)

const server = createServer(createSite(api))
const healthOf = watchHealth(client, server)
server.listen(port, '127.0.0.1')
server.keepAliveTimeout = 0 // a connection that closes just when it is used again would look like a fault
await once(server, 'listening')

process.on('message', ({ anew }: Question) => report({ health: healthOf(anew) }))
process.once('disconnect', () => process.exit()) // whoever started it is gone
report({ listening: true })
