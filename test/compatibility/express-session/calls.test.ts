import { describe, expect, it } from 'vitest'
import { loadOriginal, ours, type Module } from './modules.js'
import { recordingStore } from './recording-store.js'
import { serve, type Request } from './site.js'

/** The settings of a column: `resave`, `saveUninitialized`. */
type Column = 'TT' | 'TF' | 'FT' | 'FF'
const columns: readonly Column[] = ['TT', 'TF', 'FT', 'FF']

type Handler = (request: Request, response: { write(text: string): void; end(text?: string): void }) => unknown

/** What a handler does, and for each column what the store is asked and whether a cookie is sent. */
interface Row {
  readonly session: 'new' | 'existing'
  readonly does: string
  readonly handler: Handler
  readonly expected: readonly string[]
  /** What ours does instead, and why that is better. */
  readonly better?: { readonly expected: readonly string[]; readonly because: string }
  readonly options?: object
}

const called = (call: (done: (error?: unknown) => void) => unknown): Promise<void> =>
  new Promise((resolve, reject) => void call((error) => (error ? reject(error) : resolve())))
const all = (text: string): readonly string[] => [text, text, text, text]

const rows: readonly Row[] = [
  {
    session: 'new',
    does: 'reads only',
    handler: (_request, response) => response.end(),
    expected: ['set cookie', '-', 'set cookie', '-'],
  },
  {
    session: 'new',
    does: 'modifies',
    handler: (request, response) => {
      request.session['value'] = 1
      response.end()
    },
    expected: all('set cookie'),
  },
  {
    session: 'new',
    does: 'saves without modifying',
    handler: async (request, response) => {
      await called((done) => request.session.save(done))
      response.end()
    },
    expected: ['set cookie', 'set', 'set cookie', 'set'],
  },
  {
    session: 'new',
    does: 'modifies after the first write',
    handler: (request, response) => {
      response.write('first')
      request.session['value'] = 1
      response.end('last')
    },
    expected: ['set cookie', 'set', 'set cookie', 'set'],
  },
  {
    session: 'new',
    does: 'changes the cookie only',
    handler: (request, response) => {
      request.session.cookie.maxAge = 5000
      response.end()
    },
    expected: ['set cookie', '-', 'set cookie', '-'],
  },
  {
    session: 'existing',
    does: 'reads only',
    handler: (_request, response) => response.end(),
    expected: ['set', 'set', 'touch', 'touch'],
  },
  {
    session: 'existing',
    does: 'reads only, in two parts',
    handler: (_request, response) => {
      response.write('first')
      response.end('last')
    },
    expected: ['set', 'set', 'touch', 'touch'],
  },
  {
    session: 'existing',
    does: 'reloads',
    handler: async (request, response) => {
      await called((done) => request.session.reload(done))
      response.end()
    },
    expected: ['set', 'set', 'touch', 'touch'],
  },
  {
    session: 'existing',
    does: 'modifies',
    handler: (request, response) => {
      request.session['value'] = 2
      response.end()
    },
    expected: all('set cookie'),
  },
  {
    session: 'existing',
    does: 'modifies, for a cookie that lasts as long as the browser',
    options: { cookie: {} },
    handler: (request, response) => {
      request.session['value'] = 2
      response.end()
    },
    expected: all('set'),
  },
  {
    session: 'existing',
    does: 'modifies and saves',
    handler: async (request, response) => {
      request.session['value'] = 2
      await called((done) => request.session.save(done))
      response.end()
    },
    expected: all('set touch cookie'),
  },
  {
    session: 'existing',
    does: 'saves without modifying',
    handler: async (request, response) => {
      await called((done) => request.session.save(done))
      response.end()
    },
    expected: all('set touch'),
  },
  {
    session: 'existing',
    does: 'changes the cookie only',
    handler: (request, response) => {
      request.session.cookie.maxAge = 5000
      response.end()
    },
    expected: ['set', 'set', 'touch', 'touch'],
  },
  ...(['new', 'existing'] as const).flatMap((session): readonly Row[] => [
    {
      session,
      does: 'regenerates',
      handler: async (request, response) => {
        await called((done) => request.session.regenerate(done))
        response.end()
      },
      expected: all('destroy set cookie'),
    },
    {
      session,
      does: 'regenerates, modifies and saves',
      handler: async (request, response) => {
        await called((done) => request.session.regenerate(done))
        request.session['user'] = 'ada'
        await called((done) => request.session.save(done))
        response.end()
      },
      expected: all('destroy set set cookie'),
      better: { expected: all('destroy set cookie'), because: 'what is stored need not be stored again' },
    },
    {
      session,
      does: 'destroys',
      handler: async (request, response) => {
        await called((done) => request.session.destroy(done))
        response.end()
      },
      expected: all('destroy'),
      ...(session === 'existing' && {
        better: { expected: all('destroy cleared'), because: 'a browser need not keep the cookie of nothing' },
      }),
    },
    {
      session,
      does: 'unsets it',
      handler: (request, response) => {
        Object.assign(request, { session: null })
        response.end()
      },
      expected: all('-'),
    },
    {
      session,
      does: 'unsets it, with unset: destroy',
      options: { unset: 'destroy' },
      handler: (request, response) => {
        Object.assign(request, { session: null })
        response.end()
      },
      expected: all('destroy'),
      ...(session === 'existing' && {
        better: { expected: all('destroy cleared'), because: 'a browser need not keep the cookie of nothing' },
      }),
    },
  ]),
  {
    session: 'existing',
    does: 'reads only, with rolling',
    options: { rolling: true },
    handler: (_request, response) => response.end(),
    expected: ['set cookie', 'set cookie', 'touch cookie', 'touch cookie'],
  },
  {
    session: 'existing',
    does: 'reads only, with rolling and a cookie that lasts as long as the browser',
    options: { rolling: true, cookie: {} },
    handler: (_request, response) => response.end(),
    expected: ['set cookie', 'set cookie', 'touch cookie', 'touch cookie'],
  },
  {
    session: 'existing',
    does: 'modifies, with rolling',
    options: { rolling: true },
    handler: (request, response) => {
      request.session['value'] = 2
      response.end()
    },
    expected: all('set cookie'),
  },
  {
    session: 'new',
    does: 'reads only, with rolling',
    options: { rolling: true },
    handler: (_request, response) => response.end(),
    expected: ['set cookie', '-', 'set cookie', '-'],
  },
]

const original = await loadOriginal()

describe('what the store is asked, and whether a cookie is sent', () => {
  for (const row of rows) {
    describe(`when the handler of a request with a session that is ${row.session} ${row.does}`, () => {
      it.for(columns.map((column, index) => [column, index] as const))('%s', async ([column, index], { skip }) => {
        expect(await measure(ours, row, column)).toBe((row.better?.expected ?? row.expected)[index])
        if (typeof original === 'string') skip(original)
        else expect(await measure(original, row, column)).toBe(row.expected[index])
      })
    })
  }
})

async function measure(session: Module, { options, ...row }: Row, column: Column): Promise<string> {
  const store = recordingStore(session)
  let prepared = row.session === 'new'
  const site = await serve(
    session,
    {
      store,
      resave: column[0] === 'T',
      saveUninitialized: column[1] === 'T',
      cookie: { maxAge: 60_000 },
      ...options,
    },
    (request, response) => {
      if (prepared) return void row.handler(request, response)
      request.session['value'] = 1
      response.end()
    },
  )
  const first = prepared ? undefined : await site.ask()
  prepared = true
  store.calls = []
  const { status, setCookies } = await site.ask(first)
  expect(status).toBe(200)
  expect(site.errors).toEqual([])
  const sent = setCookies.map((text) => (text.startsWith('connect.sid=;') ? 'cleared' : 'cookie'))
  return [...store.calls, ...sent].join(' ') || '-'
}
