import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { statusOf } from '../response/error-status.js'

/** Answers an upgrade request with an error's `status` and `headers`, or 500, and closes the connection. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const { headers } = Object(error) as { readonly headers?: Readonly<Record<string, string>> }
  const status = statusOf(error)
  const fields = Object.entries({ Connection: 'close', 'Content-Length': '0', ...headers })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ]
  // A client may keep its half of the connection open.
  socket.end(`${head.join('\r\n')}\r\n\r\n`, () => socket.destroy())
}
