import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/**
 * A keep-alive connection that sends one request after the other, and costs as little as it can: what puts a server under load must not
 * be slower than the server.
 */
export interface Connection {
  /** Sends the request; `whenAnswered` is called with the status line's number, the body and the cookies' part of the head. */
  send(request: string, whenAnswered: WhenAnswered): void
  close(): void
}

export type WhenAnswered = (status: number, body: string, head: string) => void

export async function openConnection(port: number): Promise<Connection> {
  let received = ''
  let whenAnswered: WhenAnswered | undefined
  const socket: Socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: Buffer.alloc(65_536),
      callback(count, buffer) {
        received += (buffer as Buffer).toString('latin1', 0, count)
        const end = received.indexOf('\r\n\r\n') + 4
        if (end === 3) return true
        const from = received.indexOf('ength: ') // `Content-Length` or `content-length`
        const length = from === -1 || from > end ? 0 : Number(received.slice(from + 7, received.indexOf('\r', from)))
        if (received.length < end + length) return true
        const [text, then] = [received, whenAnswered!]
        received = ''
        whenAnswered = undefined
        then(Number(text.slice(9, 12)), text.slice(end), text.slice(0, end))
        return true
      },
    },
  })
  await once(socket, 'connect')
  socket.on('error', () => {}) // it closes then
  socket.on('close', () => {
    whenAnswered?.(0, 'the server has closed the connection', '')
  })
  return {
    send(request, then) {
      whenAnswered = then
      socket.write(request, 'latin1')
    },
    close: () => void socket.destroy(),
  }
}

/** A request with these cookies, as a client sends it that says little else. */
export function requestFor(path: string, cookie: string): string {
  const head = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n`
  return `${head}${cookie === '' ? '' : `Cookie: ${cookie}\r\n`}\r\n`
}
