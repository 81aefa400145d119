import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  readonly body: string
  /** Name and value of the cookie that it sets, if it does. */
  readonly cookie: string | undefined
}

/** A connection that stays open, for one request at a time. */
export class Connection {
  readonly #socket: Socket
  #waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void } | undefined
  #text = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true).setEncoding('latin1')
    socket.on('data', (text: string) => this.#read(text))
    socket.on('error', (error) => this.#waiting?.reject(error))
    socket.on('close', () => this.#waiting?.reject(new Error('The connection was closed.')))
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Connection(socket)
  }

  ask(path: string, cookie?: string): Promise<Answer> {
    const cookieLine = cookie === undefined ? '' : `cookie: ${cookie}\r\n`
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${cookieLine}\r\n`)
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }))
  }

  close(): void {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #read(text: string): void {
    this.#text += text
    const end = this.#text.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#text.slice(0, end)
    const body = this.#text.slice(end + 4)
    if (body.length < Number(/^content-length: (\d+)/im.exec(head)?.[1])) return
    this.#text = ''
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ status: Number(head.slice(9, 12)), body, cookie: /^set-cookie: ([^;]*)/im.exec(head)?.[1] })
  }
}
