import type { IncomingMessage, Server } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Fleet } from '../../fleet/fleet.js'

/** Lets a load balancer connect WebSockets, too, each to the next backend in turn, until the signal aborts. */
export function tunnelSockets(front: Server, fleet: Fleet, ending: AbortSignal): Server {
  front.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    tunnel({ request, socket, head, fleet, ending }).catch(() => socket.destroy()) // either side is gone
  })
  return front
}

interface Tunnel {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly fleet: Fleet
  readonly ending: AbortSignal
}

async function tunnel({ request, socket, head, fleet, ending }: Tunnel): Promise<void> {
  const backend = connect(await fleet.next(ending), '127.0.0.1')
  backend.write(`${startOf(request)}\r\n\r\n`)
  backend.write(head)
  await Promise.all([pipeline(backend, socket, { signal: ending }), pipeline(socket, backend, { signal: ending })])
}

/** The request as the browser sent it. */
function startOf({ method, url, rawHeaders }: IncomingMessage): string {
  const fields = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []))
  return [`${method} ${url} HTTP/1.1`, ...fields].join('\r\n')
}
