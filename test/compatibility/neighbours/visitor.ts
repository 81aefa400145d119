import { request, type IncomingHttpHeaders } from 'node:http'
import { openBrowser } from '../../../src/testing/browser.js'
import { cookieHeader, takeCookies } from '../../../src/testing/cookie-jar.js'
import { formPost } from '../../support/form.js'
import type { RedisServer } from '../../support/servers/redis.js'
import { about, Mask, type Transcript } from './transcript.js'

export interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

/** Somebody who visits an application, and notes everything that it answers and leaves in Redis. */
export class Visitor {
  readonly #redis: RedisServer
  readonly #notes = new Map<string, string[]>()
  readonly #mask = new Mask()
  #jar = new Map<string, string>()
  origin: string

  constructor(redis: RedisServer, origin: string) {
    this.#redis = redis
    this.origin = origin
  }

  get transcript(): Transcript {
    return this.#notes
  }

  /** What the browser holds: by name, the value as it was sent. */
  get cookies(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#jar)
  }

  set cookies(cookies) {
    this.#jar = new Map(Object.entries(cookies))
  }

  get cookieHeader(): string {
    return cookieHeader(this.#jar)
  }

  /** One request, like `get /` or `post /sign-in`, noted as a step of this name. Redirects are answers. */
  async ask(step: string, call: string, fields?: Readonly<Record<string, string>>): Promise<Answer> {
    const [method = '', path = ''] = call.split(' ')
    const request = fields === undefined ? { method: method.toUpperCase() } : formPost(fields)
    const answer = await openBrowser(this.origin, this.#jar).visit(path, request)
    this.#note(step, [`${answer.status} ${this.#mask.text(answer.body)}`, ...this.#headLines(answer.headers)])
    await this.#noteRecords(step)
    return { status: answer.status, location: answer.headers.location, body: answer.body }
  }

  /** Asks to go on by WebSocket, and leaves once that is granted. */
  async upgrade(step: string, path: string): Promise<void> {
    const headers = await upgrade(this.origin + path, this.cookieHeader)
    takeCookies(this.#jar, headers['set-cookie'] ?? [])
    this.#note(step, this.#headLines(headers))
    await this.#noteRecords(step)
  }

  /** Notes what happened by other ways than requests. */
  async note(step: string, ...values: unknown[]): Promise<void> {
    this.#note(
      step,
      values.map((value) => JSON.stringify(value)),
    )
    await this.#noteRecords(step)
  }

  /** What stands in Redis: by key, the text, and for how many seconds. */
  async records(): Promise<{ key: string; text: string; seconds: number }[]> {
    const keys = (await this.#redis.command('KEYS', '*')) as string[]
    const records = keys.map(async (key) => {
      const [text, lifetime] = await Promise.all([this.#redis.command('GET', key), this.#redis.command('TTL', key)])
      return { key, text: String(text), seconds: Number(lifetime) }
    })
    return Promise.all(records)
  }

  async #noteRecords(step: string): Promise<void> {
    const records = await this.records()
    const lines = records.map(({ key, text, seconds }) => this.#mask.text(`${key} = ${text} for ${about(seconds)} s`))
    this.#note(step, lines.toSorted())
  }

  #note(step: string, lines: readonly string[]): void {
    this.#notes.set(step, [...(this.#notes.get(step) ?? []), ...lines])
  }

  #headLines(headers: NodeJS.Dict<string | string[]>): string[] {
    const { date: _date, etag: _etag, ...others } = headers // an etag is that of a body with a token
    return Object.entries(withoutMarks(others)).flatMap(([name, value]) =>
      [value ?? []].flat().map((one) => this.#mask.text(`${name}: ${one}`)),
    )
  }
}

/** Ours keep answers with a session out of shared caches on purpose, which a test of its own is about. */
function withoutMarks(headers: NodeJS.Dict<string | string[]>): NodeJS.Dict<string | string[]> {
  const { vary, 'cache-control': caching, ...others } = headers
  const fields = String(vary ?? '').split(', ')
  const left = fields.filter((field) => field !== 'Cookie' && field !== '').join(', ')
  return {
    ...others,
    ...(left !== '' && { vary: left }),
    ...(caching !== undefined && caching !== 'private' && { 'cache-control': caching }),
  }
}

/** The head of the answer by which a connection becomes a WebSocket. */
function upgrade(url: string, cookie: string): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    const key = { 'sec-websocket-key': 'c2l4dGVlbiBsZXR0ZXJzIQ==', 'sec-websocket-version': '13' }
    const headers = { connection: 'Upgrade', upgrade: 'websocket', ...key, ...(cookie && { cookie }) }
    const outgoing = request(url, { headers, agent: false }, ({ statusCode }) =>
      reject(new Error(`no upgrade: ${statusCode}`)),
    )
    outgoing.on('upgrade', ({ headers }, socket) => {
      socket.destroy()
      resolve(headers)
    })
    outgoing.on('error', reject).end()
  })
}
