// One backend, a process of its own, forked by backends.ts: `backend.ts <name> <port> <Redis> <sessera | peer>`.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createClient } from 'redis'
import { gate, type Gate } from 'sessera/testing'
import { drainOf } from '../../examples/deploy/drain.js'
import type { Order, Report } from './backends.js'
import { openPeer } from './peer-library.js'
import { openSessera } from './sessera-library.js'
import { createShop } from './shop.js'

const [name = '', port, url = '', kind] = process.argv.slice(2)
const report = (message: Report): void => void process.send?.(message)

const client = createClient({ url })
client.on('error', () => {}) // it connects again by itself
await client.connect()
const library = kind === 'peer' ? await openPeer(client) : openSessera(client)

const gates = new Map<string, Gate>()
const gateOf = (gateName: string): Gate => {
  const found = gates.get(gateName) ?? gate()
  gates.set(gateName, found)
  return found
}
const hold = (gateName: string): Promise<void> => {
  report({ reached: gateName })
  return gateOf(gateName).pass()
}

const server = createServer((request, response) => app(request, response))
const drain = drainOf(server)
const app = createShop({ name, library, drain, hold })

process.on('message', ({ open }: Order) => gateOf(open).open())
process.once('disconnect', () => process.exit()) // the test is gone
process.once('SIGTERM', () => void end())

async function end(): Promise<void> {
  await drain.finish()
  await library.close()
  await client.close()
  process.removeAllListeners('disconnect').disconnect() // nothing else keeps the process
}

server.listen(Number(port), '127.0.0.1')
await once(server, 'listening')
report({ listening: true })
