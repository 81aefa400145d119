import { createServer, get, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { gate } from 'sessera/testing'
import { describe, expect, it } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { onBoth } from './both.js'
import { recordingStore } from './recording-store.js'
import { serve } from './site.js'
import { listenInTest } from '../../support/listen-in-test.js'

type Response = ServerResponse

/** Each of these answers, with this body. */
const waysToAnswer: readonly [way: string, body: string, answer: (response: Response) => unknown][] = [
  ['end()', '', (response) => response.end()],
  ['end(null)', '', (response) => response.end(null)],
  ['end(undefined)', '', (response) => response.end(undefined)],
  ["end('')", '', (response) => response.end('')],
  ['end(text)', 'häh', (response) => response.end('häh')],
  ['end(text, encoding)', 'hi', (response) => response.end('6869', 'hex')],
  ['end(Buffer)', 'hi', (response) => response.end(Buffer.from('hi'))],
  ['end(Uint8Array)', 'hi', (response) => response.end(new Uint8Array([104, 105]))],
  ['end with a length', 'häh', (response) => response.setHeader('Content-Length', 4).end('häh')],
  [
    'end with a length and an encoding',
    'hi',
    (response) => response.setHeader('Content-Length', '2').end('6869', 'hex'),
  ],
  ['end with a length of nothing', '', (response) => response.setHeader('Content-Length', 0).end()],
  ['end with a length of one', 'x', (response) => response.setHeader('Content-Length', 1).end('x')],
  ['writeHead and end', 'hi', (response) => response.writeHead(200, { 'Content-Length': 2 }).end('hi')],
  [
    'write and end',
    'hi',
    (response) => {
      response.write('h')
      response.end('i')
    },
  ],
  [
    'several writes and an empty end',
    'hi there',
    (response) => {
      for (const part of ['hi', ' ', 'there']) response.write(part)
      response.end()
    },
  ],
  [
    'writes that make up a length',
    'hi',
    (response) => {
      response.setHeader('Content-Length', 2)
      response.write('h')
      response.write('i')
      response.end()
    },
  ],
  ['pipe', 'hi', (response) => Readable.from(['h', 'i']).pipe(response)],
  ['a large body', 'x'.repeat(300_000), (response) => response.end('x'.repeat(300_000))],
]

/** Wraps write and end as middlewares do that look at the body, here by making it louder. */
function shout(response: Response): void {
  const { write, end } = response
  const louder = (values: unknown[]): unknown[] =>
    values.map((value) => (typeof value === 'string' || Buffer.isBuffer(value) ? String(value).toUpperCase() : value))
  response.write = (...values: unknown[]) => Reflect.apply(write, response, louder(values)) as boolean
  response.end = (...values: unknown[]) => Reflect.apply(end, response, louder(values)) as Response
}

onBoth((session) => {
  describe('a response', () => {
    it.each(waysToAnswer)('by %s is whole, and its session is stored when it is over', async (_way, body, answer) => {
      const store = recordingStore(session)
      const site = await serve(session, { store }, (request, response) => {
        request.session['user'] = 'ada'
        answer(response)
      })
      const answered = await site.ask()
      expect(store.records.size).toBe(1)
      expect(answered).toMatchObject({ status: 200, body, setCookies: [expect.any(String)] })
      expect(store.calls).toEqual(['set'])
      expect(site.errors).toEqual([])
    })

    it.each(waysToAnswer)('by %s is whole where nothing is to be stored', async (_way, body, answer) => {
      const store = recordingStore(session)
      const site = await serve(session, { store }, (_request, response) => answer(response))
      expect(await site.ask()).toMatchObject({ status: 200, body, setCookies: [] })
      expect(store.calls).toEqual([])
    })

    it('to HEAD has no body, but the cookie', async () => {
      const store = recordingStore(session)
      const site = await serve(session, { store }, (request, response) => {
        request.session['user'] = 'ada'
        response.setHeader('Content-Length', 4)
        response.end('body')
      })
      expect(await openBrowser(site.url).visit('/', { method: 'HEAD' })).toMatchObject({
        status: 200,
        headers: { 'content-length': '4' },
        setCookies: [expect.any(String)],
        body: '',
      })
      expect(store.records.size).toBe(1)
    })

    it.each([204, 304])('of status %i has no body, but the cookie', async (status) => {
      const store = recordingStore(session)
      const site = await serve(session, { store }, (request, response) => {
        request.session['user'] = 'ada'
        response.statusCode = status
        response.end()
      })
      expect(await openBrowser(site.url).visit('/')).toMatchObject({
        status,
        body: '',
        setCookies: [expect.any(String)],
      })
      expect(store.records.size).toBe(1)
    })

    it('has the status, the reason and the headers of writeHead', async () => {
      const site = await serve(session, {}, (request, response) => {
        request.session['user'] = 'ada'
        response.setHeader('X-Early', 'early')
        response.setHeader('X-Both', 'early')
        response.writeHead(201, 'Made', { 'X-Both': 'late', 'X-Late': 'late' })
        response.end('body')
      })
      const response = await fetch(site.url)
      expect([response.status, response.statusText, await response.text()]).toEqual([201, 'Made', 'body'])
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-early': 'early',
        'x-both': 'late',
        'x-late': 'late',
        'set-cookie': expect.any(String),
      })
    })

    it.each([
      ['something is', 1, ['set']],
      ['nothing is', undefined, []],
    ])('may be ended again, which does nothing, where %s to be stored', async (_what, value, calls) => {
      const store = recordingStore(session)
      const errors: unknown[] = []
      const site = await serve(session, { store }, (request, response) => {
        response.on('error', (error) => errors.push(error)) // else it would end the process
        request.session['value'] = value
        response.end('first')
        response.end('second')
        response.end()
      })
      expect((await site.ask()).body).toBe('first')
      expect(store.calls).toEqual(calls)
      expect([...site.errors, ...errors]).toEqual([])
    })

    it('may be ended again when it has been written to', async () => {
      const errors: unknown[] = []
      const site = await serve(session, {}, (request, response) => {
        response.on('error', (error) => errors.push(error))
        request.session['user'] = 'ada'
        response.write('first')
        response.end()
        response.end('second')
      })
      expect((await site.ask()).body).toBe('first')
      expect([...site.errors, ...errors]).toEqual([])
    })

    it.each([
      ['end', (response: Response) => void response.end()],
      ['write', (response: Response) => void response.write('body')],
      ['writeHead', (response: Response) => void response.writeHead(200)],
      ['flushHeaders', (response: Response) => response.flushHeaders()],
    ])('has Node’s own words for headers that come too late: after %s', async (_what, begin) => {
      const attempts = (response: Response): string[] => {
        begin(response)
        const messages = [
          () => response.setHeader('X-Late', '1'),
          () => response.removeHeader('X-Late'),
          () => response.appendHeader('X-Late', '1'),
        ].map((attempt) => {
          try {
            attempt()
            return 'nothing'
          } catch (error) {
            const { code, message } = error as NodeJS.ErrnoException
            return `${code}: ${message}`
          }
        })
        if (!response.writableEnded) response.end()
        return messages
      }
      let plain: string[] = []
      const server = createServer((_request, response) => (plain = attempts(response)))
      await openBrowser((await listenInTest(server)).origin).visit('/')

      let withSession: string[] = []
      const site = await serve(session, {}, (request, response) => {
        request.session['user'] = 'ada'
        withSession = attempts(response)
      })
      await openBrowser(site.url).visit('/')
      expect(plain[0]).toMatch(/^ERR_HTTP_HEADERS_SENT: /)
      expect(withSession).toEqual(plain)
    })

    it('says at once that its head is sent', async () => {
      const seen: boolean[] = []
      const site = await serve(session, {}, (request, response) => {
        request.session['user'] = 'ada'
        seen.push(response.headersSent)
        response.end('body')
        seen.push(response.headersSent)
      })
      await site.ask()
      expect(seen).toEqual([false, true])
    })

    it('finishes once, after its session is stored', async () => {
      const store = recordingStore(session)
      const stored: number[] = []
      const closed = gate()
      const site = await serve(session, { store }, (request, response) => {
        response.on('finish', () => stored.push(store.records.size))
        response.on('close', () => void closed.pass())
        request.session['user'] = 'ada'
        response.end('body')
      })
      await site.ask()
      await closed.reached
      expect(stored).toEqual([1])
    })

    it('stays on its connection for the next one', async () => {
      const site = await serve(session, {}, (request, response) => {
        request.session['count'] = Number(request.session['count'] ?? 0) + 1
        response.end(String(request.session['count']))
      })
      let answer = await site.ask()
      for (let turn = 2; turn < 10; turn++) {
        const next = await site.ask(answer)
        expect(next.body).toBe(String(turn))
        answer = next.setCookies.length > 0 ? next : answer
      }
    })
  })

  describe('a store that calls back at once', () => {
    it('lets the body go out with the end', async () => {
      const calls: string[] = []
      const store = recordingStore(session)
      store.set = (_id, _data, done) => done?.()
      const site = await serve(
        session,
        { store },
        (request, response) => {
          request.session['user'] = 'ada'
          response.end('body')
        },
        (_request, response) => {
          const { write, end } = response
          response.write = (...values: unknown[]) => {
            calls.push('write')
            return Reflect.apply(write, response, values) as boolean
          }
          response.end = (...values: unknown[]) => {
            calls.push(`end ${String(values[0])}`)
            return Reflect.apply(end, response, values) as Response
          }
        },
      )
      expect((await site.ask()).body).toBe('body')
      expect(calls).toEqual(['end body'])
    })
  })

  describe('a response that others have wrapped', () => {
    it.each(waysToAnswer)('before the middleware is answered through them: %s', async (_way, body, answer) => {
      const site = await serve(
        session,
        {},
        (request, response) => {
          request.session['user'] = 'ada'
          answer(response)
        },
        (_request, response) => shout(response),
      )
      const answered = await site.ask()
      expect(answered.setCookies).toHaveLength(1)
      expect(answered.body.toLowerCase()).toBe(body)
    })

    it('before and after the middleware is answered through all of them', async () => {
      const site = await serve(
        session,
        {},
        (request, response) => {
          shout(response)
          request.session['user'] = 'ada'
          response.write('hello, ')
          response.end('world')
        },
        (_request, response) => shout(response),
      )
      expect(await site.ask()).toMatchObject({ body: 'HELLO, WORLD', setCookies: [expect.any(String)] })
    })

    it('after the middleware, where nothing is to be stored', async () => {
      const site = await serve(session, {}, (_request, response) => {
        shout(response)
        response.write('hello, ')
        response.end('world')
      })
      expect((await site.ask()).body).toBe('HELLO, WORLD')
    })

    it('in writeHead only, to change the status', async () => {
      const site = await serve(session, {}, (request, response) => {
        const { writeHead } = response
        response.writeHead = () => writeHead.call(response, 202, { 'X-Wrapped': 'yes' })
        request.session['user'] = 'ada'
        response.writeHead(200)
        response.end('body')
      })
      expect(await openBrowser(site.url).visit('/')).toMatchObject({
        status: 202,
        headers: { 'x-wrapped': 'yes' },
        setCookies: [expect.any(String)],
        body: 'body',
      })
    })
  })

  describe('a client that leaves', () => {
    it('keeps no session from being stored, and no other client from being answered', async () => {
      const store = recordingStore(session)
      const [working, left, stored] = [gate(), gate(), gate()]
      const site = await serve(session, { store }, async (request, response) => {
        if (request.url === '/') return void response.end('alive')
        response.on('close', () => void left.pass())
        request.session['user'] = 'ada'
        await working.pass()
        response.end('done')
      })
      const set = store.set.bind(store)
      store.set = (id, data, done) => {
        set(id, data, done)
        void stored.pass()
      }
      const leaving = get(`${site.url}/slow`, { agent: false }).on('error', () => {})
      await working.reached
      leaving.destroy()
      await left.reached
      working.open()
      await stored.reached
      expect(store.records.size).toBe(1)
      expect((await site.ask()).body).toBe('alive')
      expect(site.errors).toEqual([])
    })

    it('in the middle of the body keeps what was changed afterwards from nothing', async () => {
      const store = recordingStore(session)
      const [working, left] = [gate(), gate()]
      const site = await serve(session, { store }, async (request, response) => {
        if (request.url === '/') return void response.end('alive')
        response.on('close', () => void left.pass())
        request.session['first'] = 1
        response.write('begun')
        await working.pass()
        request.session['second'] = 2
        response.end('done')
      })
      const leaving = get(`${site.url}/slow`, { agent: false }, (response) => response.resume().on('error', () => {}))
      leaving.on('error', () => {})
      await working.reached
      leaving.destroy()
      await left.reached
      working.open()
      await expect
        .poll(() => [...store.records.values()].map((text) => JSON.parse(text)))
        .toMatchObject([{ first: 1, second: 2 }])
      expect((await site.ask()).body).toBe('alive')
    })
  })
})
