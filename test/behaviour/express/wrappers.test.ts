import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { holdResponse } from '../../../src/adapters/response/hold-response.js'
import type { ResponseHooks } from '../../../src/adapters/response/hooks.js'
import { compress } from './compressing.js'
import { listenInTest } from '../../support/listen-in-test.js'

type Commit = ResponseHooks<string>['commit']

const commits: [when: string, commit: Commit][] = [
  ['at once', () => 'ours=1'],
  ['later', async () => 'ours=1'],
]
const failing: Commit = () => Promise.reject(new Error('the store is down'))

const wrappings: [where: string, wrap: (response: ServerResponse, hold: () => void) => void][] = [
  ['before', (response, hold) => (compress(response), hold())],
  ['after', (response, hold) => (hold(), compress(response))],
  ['after, asking again for the head,', (response, hold) => (hold(), compress(response, { asksAgain: true }))],
  ['before and after', (response, hold) => (compress(response), hold(), compress(response))],
]

const sends: [what: string, body: string, send: (response: ServerResponse) => void][] = [
  ['a short body', 'short', (response) => response.end('short')],
  [
    'several writes',
    'abc',
    (response) => {
      response.write('a')
      response.write('b')
      response.end('c')
    },
  ],
  [
    'a stream of small pieces',
    'x'.repeat(100_000),
    (response) => {
      Readable.from(Array.from({ length: 100 }, () => Buffer.from('x'.repeat(1000)))).pipe(response)
    },
  ],
  [
    'a long stream',
    'x'.repeat(4_000_000),
    (response) => {
      Readable.from(Array.from({ length: 40 }, () => Buffer.from('x'.repeat(100_000)))).pipe(response)
    },
  ],
]

async function serve(
  wrap: (response: ServerResponse, hold: () => void) => void,
  commit: Commit,
  send: (response: ServerResponse) => void,
): Promise<{ message: IncomingMessage; text: string }> {
  const server = createServer((_request, response) => {
    wrap(response, () =>
      holdResponse(response, {
        commit,
        setHeaders: (cookie) => response.setHeader('Set-Cookie', cookie),
        onError: (error) => response.end(String(error)),
      }),
    )
    send(response)
  })
  const sent = request((await listenInTest(server)).origin, { agent: false }).end()
  const [message] = (await once(sent, 'response')) as [IncomingMessage]
  return { message, text: decoded(message, await buffer(message)) }
}

function decoded({ headers }: IncomingMessage, bytes: Buffer): string {
  let plain = bytes
  // Two compressing layers say so once only.
  while (headers['content-encoding'] === 'gzip' && plain[0] === 0x1f && plain[1] === 0x8b) plain = gunzipSync(plain)
  return plain.toString()
}

describe.each(wrappings)('with compression mounted %s us', (_where, wrap) => {
  describe.each(commits)('and a commit that is done %s', (_when, commit) => {
    it.each(sends)('%s arrives whole, with the cookie', async (_what, body, send) => {
      const { message, text } = await serve(wrap, commit, send)
      expect(text === body).toBe(true)
      expect(message.headers).toMatchObject({ 'content-encoding': 'gzip', 'set-cookie': ['ours=1'] })
    })
  })

  it.each(sends)('a failed commit is answered as an error in place of %s', async (_what, _body, send) => {
    const { message, text } = await serve(wrap, failing, send)
    expect(text).toBe('Error: the store is down')
    expect([message.statusCode, message.headers['set-cookie']]).toEqual([500, undefined])
  })
})

describe('two holds on one response', () => {
  it('are both committed before the first byte', async () => {
    const order: string[] = []
    const hold = (response: ServerResponse, name: string): void =>
      holdResponse(response, {
        commit: async () => order.push(`committed ${name}`),
        setHeaders: () => response.setHeader('X-Order', [...order]),
        onError: () => {},
      })
    const { message, text } = await serve(
      (response) => (hold(response, 'outer'), hold(response, 'inner')),
      () => '',
      (response) => response.end('body'),
    )
    expect(text).toBe('body')
    expect(message.headers['x-order']).toBe('committed inner, committed outer')
  })
})
