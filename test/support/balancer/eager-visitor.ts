import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import type { Proxy } from './proxies.js'
import { keptCookie } from '../kept-cookie.js'

/** Follows a redirect so early that no browser is faster. */
export interface EagerVisitor {
  /** Sends a POST and, when the first byte of its answer is there, a GET of the page behind it; tells both. */
  follow(path: string): Promise<{ readonly from: EagerAnswer; readonly to: EagerAnswer }>
  close(): void
}

export interface EagerAnswer {
  readonly status: number
  readonly backend: string
  readonly body: string
}

/** Opens two connections beforehand, so that the follow-up is under way at once. */
export async function openEagerVisitor({ port, certificate }: Proxy): Promise<EagerVisitor> {
  const open = async (): Promise<TLSSocket> => {
    const socket = connect({ host: '127.0.0.1', port, ca: certificate, servername: 'localhost' }).setNoDelay()
    await once(socket, 'secureConnect')
    return socket
  }
  const [first, second] = [await open(), await open()]
  let cookie = ''

  return {
    async follow(path) {
      const answered = readAnswer(first)
      first.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nCookie: ${cookie}\r\n\r\n`)
      const [start] = (await once(first, 'data')) as [Buffer]
      // A cookie, which the follow-up needs, comes in one packet with the first byte.
      if (!start.includes('\r\n\r\n')) throw new Error(`The head came in pieces: ${start.toString()}`)
      const setCookie = /^set-cookie: (.*)\r$/im.exec(start.toString())?.[1]
      if (setCookie !== undefined) cookie = keptCookie(setCookie) ?? ''
      const followed = readAnswer(second)
      second.write(`GET /me HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`)
      return { from: await answered, to: await followed }
    },
    close() {
      first.destroy()
      second.destroy()
    },
  }
}

/** Reads one answer whose length its head tells. */
function readAnswer(socket: TLSSocket): Promise<EagerAnswer> {
  let received = ''
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      received += chunk.toString()
      const [head = '', body] = received.split(/\r\n\r\n(.*)/s, 2)
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1])
      if (body === undefined || Buffer.byteLength(body) < length) return
      socket.off('data', read).off('close', ended)
      const backend = /^x-backend: (\w+)/im.exec(head)?.[1] ?? ''
      resolve({ status: Number(head.slice(9, 12)), backend, body })
    }
    const ended = (): void => reject(new Error(`The connection ended after: ${received}`))
    socket.on('data', read).once('close', ended)
  })
}
