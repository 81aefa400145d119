// One backend, a process of its own, forked by backends.ts: `backend.ts <Setup as JSON>`.
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Health, Message, Setup } from './backends.js'
import { connectClient } from './clients.js'
import type { Door } from './door.js'
import { openDropIn, openPeer } from './express-session-door.js'
import { openNativeDoor } from './native-door.js'
import { createSite } from './site.js'

const { side, clientName, redisPort, port, clockAheadMs } = JSON.parse(process.argv[2]!) as Setup
const report = (message: Message): void => void process.send?.(message)

if (clockAheadMs !== 0) {
  const now = Date.now.bind(Date)
  Date.now = () => now() + clockAheadMs
}

let [unhandled, mismatches] = [0, 0]
process.on('unhandledRejection', () => unhandled++)
subscribe('sessera:record-mismatch', () => mismatches++)

const client = connectClient(clientName, redisPort)
const doors = { native: openNativeDoor, 'drop-in': openDropIn, peer: openPeer }
const door: Door = await doors[side](client)

const server = createServer(createSite(door)).listen(port, '127.0.0.1')
server.keepAliveTimeout = 0 // a connection that closes just when it is used again would look like a fault
await once(server, 'listening')
const loopDelay = monitorEventLoopDelay({ resolution: 10 })
loopDelay.enable()

process.on('message', () => {
  const { rss } = process.memoryUsage()
  const health: Health = { unhandled, mismatches, memoryMb: rss / 2 ** 20, loopDelayMs: loopDelay.max / 1e6 }
  loopDelay.reset()
  report({ health })
})
process.once('disconnect', () => process.exit()) // whoever started it is gone
report({ listening: true })
