// A server on node:http with one of the libraries. Its arguments are the library's name and the ports of Redis.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { answerWith, heapBytes } from './answer.mjs'
import { dataOf } from './data.mjs'
import { connect, listenerOf } from './libraries.mjs'

const [name, ...ports] = process.argv.slice(2)
const held = []
let wake = () => {}

const handlers = {
  '/start'(session) {
    session.signIn('user-12345')
    Object.assign(session.data, dataOf(200, 1))
  },
  '/read': (session) => session.data.visits,
  '/write': (session) => (session.data.visits = 100 + Math.floor(Math.random() * 900)),
  '/hold': (session) => session.data.visits,
}

const client = name === 'bare' ? undefined : await connect(ports)
const listener = listenerOf(name, client, (request, response, session) => {
  if (name !== 'bare') handlers[request.url](session)
  const answer = () => {
    const text = `${session.userId ?? 'nobody'} ${session.data.theme ?? '-'}`
    response.setHeader('content-length', text.length).end(text)
  }
  if (request.url !== '/hold') return answer()
  held.push(answer)
  wake()
})
const server = createServer({ keepAlive: true }, listener)
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', 16_384)
await once(server, 'listening')

answerWith({
  processorTimeUs() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  async memory() {
    return { heapBytes: await heapBytes(), residentBytes: process.memoryUsage().rss }
  },
  /** Waits until that many requests wait in the handler. */
  async untilHeld(count) {
    while (held.length < count) await new Promise((resolve) => (wake = resolve))
  },
  release() {
    for (const answer of held.splice(0)) answer()
  },
})
process.send({ answer: server.address().port })
