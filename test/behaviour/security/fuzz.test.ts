import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import fc from 'fast-check'
import { createSessions, memoryStore, SesseraError, type Handle } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'
import { afterEach, describe, expect, it } from 'vitest'
import { Browser } from '../../support/browser.js'
import { fleet, type Fleet } from '../../support/fleet.js'
import { listenInTest } from '../../support/listen-in-test.js'

// The grammar, the token, the record and the data have property tests beside their sources. Here all of it works together, and
// whatever comes in, a request is served as nobody or as the one whose token it is.

const name = '__Host-session'
const prototypes = [Object.prototype, Array.prototype, Function.prototype]
const namesOnPrototypes = (): string[][] => prototypes.map((prototype) => Object.getOwnPropertyNames(prototype))
const namesBefore = namesOnPrototypes()

afterEach(() => {
  assert.deepEqual(namesOnPrototypes(), namesBefore)
})

/** Any UTF-16 text, with lone surrogates and control characters. */
const anyText = (maxLength = 10): fc.Arbitrary<string> =>
  fc.array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff)), { maxLength }).map((codes) => String.fromCharCode(...codes))

interface Signed {
  readonly all: Fleet
  readonly browser: Browser
  readonly token: string
  readonly handle: Handle
}

async function signedIn(user: string, all: Fleet = fleet()): Promise<Signed> {
  const browser = new Browser()
  all.clock.advance(1)
  await browser.visit(all.backend[0], (session) => {
    session.signIn(user)
    session.data.theme = 'dark'
  })
  const { handle } = (await browser.arrive(all.backend[0])).session
  return { all, browser, token: (browser.cookie ?? '').replace(/^[^=]*=/, ''), handle: handle! }
}

describe('a Cookie header', () => {
  it('CP-5, CP-6, CP-7: F1, F2, F3, F5, F6: opens a session only by its whole token, under the exact name', async () => {
    const ada = await signedIn('ada')
    const eve = await signedIn('eve', ada.all)
    const { backend, store } = ada.all
    const token = fc.constantFrom(ada.token, eve.token)
    const blanks = fc.constantFrom('', ' ', '\t', '\u00a0', '\u0085', '\ufeff', '\u2000', '\0', '\v')
    const names = fc.constantFrom(name, name, '__host-session', '%5F%5FHost-session', '$Version', '', 'a', '__proto__')
    const junk = fc.constantFrom(
      '',
      '"',
      '\\"',
      ',',
      '%',
      '%zz',
      '%E0%A4%A',
      '%00',
      '\r\nx: y',
      '../',
      '*',
      '🍪',
      '\ud800',
    )
    const spoilt = token.map((text) => `"${text}"`)
    const odd = fc.tuple(
      blanks,
      names,
      blanks,
      fc.constantFrom('=', '=', '=='),
      blanks,
      fc.oneof(token, spoilt, junk),
      blanks,
    )
    const pair = fc.oneof(
      odd.map((parts) => parts.join('')),
      token.map((text) => `${name}=${text}`),
      anyText(),
    )
    const headers = fc
      .tuple(fc.array(pair, { maxLength: 4 }), fc.constantFrom(';', '; ', '; ', ';;', ','))
      .map(([pairs, separator]) => pairs.join(separator))
    let found = 0
    const property = fc.asyncProperty(headers, async (header) => {
      store.calls.length = 0
      const { session } = await backend[1].open(header)
      const ours = header.split(';').filter((pair) => /^[ \t]*__Host-session[ \t]*=/.test(pair))
      const values = new Set(ours.map((pair) => pair.replace(/^[^=]*=[ \t]*|[ \t]*$/g, '')))
      // Of both, Eve's, who came last: no other host can have set either.
      const expected = values.has(eve.token) ? 'eve' : values.has(ada.token) ? 'ada' : undefined
      expect(session.userId).toBe(expected)
      expect(store.calls.length).toBe([ada.token, eve.token].filter((token) => values.has(token)).length)
      if (expected !== undefined) found++
    })
    await fc.assert(property, { numRuns: 3_000 })
    expect(found).toBeGreaterThan(50)
  })

  it('CP-2: F3: with our name 2 to 500 times opens nothing where two of them live, and else the living one', async () => {
    const ada = await signedIn('ada', fleet({ cookie: { name: 'shop' } }))
    const eve = await signedIn('eve', ada.all)
    const values = fc.constantFrom(ada.token, eve.token, '', 'x', `${ada.token}x`)
    const property = fc.asyncProperty(fc.array(values, { minLength: 2, maxLength: 500 }), async (tokens) => {
      const header = tokens.map((token) => `shop=${token}`).join('; ')
      const living = [ada, eve].filter(({ token }) => tokens.includes(token))
      const { session } = await ada.all.backend[1].open(header)
      expect(session.isNew).toBe(living.length !== 1)
      expect(session.handle).toBe(living.length === 1 ? living[0]?.handle : undefined)
    })
    await fc.assert(property)
  })

  it('CP-8: F4: of any size is answered: 16 KB as nobody, more with 431, 2,000 lines', async () => {
    const sessions = createSessions({ store: memoryStore(), cookie: { secure: false } })
    const middleware = expressSessions(sessions)
    const server = createServer((request, response) =>
      middleware(request, response, () => response.end(sessionOf(sessions, request).userId ?? 'nobody')),
    )
    await listenInTest(server)
    const status = (cookie: string, lines = 1) => statusOf((server.address() as AddressInfo).port, cookie, lines)
    for (const size of [0, 1, 54, 55, 56, 4096, 4097, 16_000]) {
      expect(await status(`session=${'A'.repeat(size)}`)).toBe(200)
    }
    for (const filler of [';', '=', '"\\"', 'a ', 'a=b;']) {
      expect(await status(filler.repeat(16_000 / filler.length))).toBe(200)
      expect(await status(filler.repeat(17_000 / filler.length))).toBe(431)
    }
    expect(await status('a', 2_001)).toBeLessThan(500)
    expect(await status('session=')).toBe(200)
  })
})

describe('a token', () => {
  it('SID-4, SID-5: F7: that is cut, lengthened or changed in any one place opens nothing', async () => {
    const { all, token, browser } = await signedIn('ada')
    const damaged = new Set<string>()
    for (let at = 0; at < token.length; at++) {
      damaged
        .add(token.slice(0, at))
        .add(token.slice(at + 1))
        .add(`${token.slice(0, at)}.${token.slice(at)}`)
      const code = token.charCodeAt(at)
      for (let bit = 0; bit < 8; bit++) {
        damaged.add(token.slice(0, at) + String.fromCharCode(code ^ (1 << bit)) + token.slice(at + 1))
      }
      for (const other of 'AZaz09-_+/=.') damaged.add(token.slice(0, at) + other + token.slice(at + 1))
    }
    for (const more of ['A', '.', '=', '%', ' A', '\0', `.${token}`, token]) damaged.add(token + more).add(more + token)
    damaged.delete(token)
    expect(damaged.size).toBeGreaterThan(1_000)
    for (const value of damaged) {
      expect((await all.backend[1].open(`${name}=${value}`)).session.isNew, value).toBe(true)
    }
    expect((await browser.look(all.backend[1])).userId).toBe('ada')
  })

  it('SID-6: F7: of parts of two tokens opens neither session', async () => {
    const ada = await signedIn('ada')
    const eve = await signedIn('eve', ada.all)
    for (let at = 1; at < ada.token.length; at++) {
      for (const [left, right] of [
        [ada, eve],
        [eve, ada],
      ] as const) {
        const mixed = left.token.slice(0, at) + right.token.slice(at)
        // Where their first characters are the same by chance, so is the token.
        if (mixed === ada.token || mixed === eve.token) continue
        expect((await ada.all.backend[1].open(`${name}=${mixed}`)).session.isNew).toBe(true)
      }
    }
  })
})

describe('a stored record', () => {
  /** Puts `text` in its place and looks with its cookie; gives who that is, or the error. */
  async function lookAt({ all, browser, handle }: Signed, text: string): Promise<unknown> {
    const stored = await all.store.load(handle)
    await all.store.replace(handle, stored!.version, text, 60_000)
    try {
      const { session, leave } = await browser.copy().arrive(all.backend[1])
      const { userId, data } = session
      expect(Object.getPrototypeOf(data)).toBeNull()
      await leave()
      return userId
    } catch (error) {
      if (!SesseraError.is(error)) throw error
      return error.code
    }
  }

  const word = fc.oneof(
    fc.constantFrom(
      '',
      '0',
      '1',
      'r',
      ',,',
      'a,-b,',
      'zzzzzzzzzzz,,',
      'abcdefgh',
      'abcdefgh-zz',
      `${'D'.repeat(43)}s1`,
    ),
    fc.constantFrom('"ada"', '"eve"', '"eve","ada"', '"ada","eve"', ',"eve"', '{}', 'null', '"__proto__"'),
    fc.json({ maxDepth: 2 }),
  )

  it('F9: with any wrong, missing or further word is nobody’s or still its owner’s, and crashes nothing', async () => {
    const signed = await signedIn('ada')
    const { text } = (await signed.all.store.load(signed.handle))!
    const [head = '', data = ''] = text.split('\n')
    const words = head.split(' ')
    const changes = fc.array(fc.tuple(fc.nat(words.length), fc.nat(1), fc.option(word, { nil: undefined })), {
      minLength: 1,
      maxLength: 3,
    })
    const property = fc.asyncProperty(changes, fc.oneof(fc.constant(data), fc.json()), async (changed, line) => {
      const broken = [...words]
      for (const [at, removed, put] of changed) broken.splice(at, removed, ...(put === undefined ? [] : [put]))
      const found = await lookAt(signed, `${broken.join(' ')}\n${line}`)
      if (found === undefined || found === 'RECORD_MISMATCH') return
      // Who can write to the store can sign in as anybody: what the record itself says of its user stands.
      expect(broken.join(' ')).toContain(` ${JSON.stringify(found)}`)
    })
    await fc.assert(property, { numRuns: 500 })
    expect(await lookAt(signed, text)).toBe('ada')
  })

  it('F9: that is damaged anywhere is nobody’s or still its owner’s', async () => {
    const signed = await signedIn('ada')
    const { text } = (await signed.all.store.load(signed.handle))!
    const userAt = text.indexOf('"ada"')
    const damages = fc.tuple(fc.nat(text.length), fc.nat(3), anyText(3))
    const property = fc.asyncProperty(damages, async ([at, removed, junk]) => {
      fc.pre(at > userAt + 5 || at + removed < userAt) // the name itself may become another one
      const found = await lookAt(signed, text.slice(0, at) + junk + text.slice(at + removed))
      expect([undefined, 'ada', 'RECORD_MISMATCH']).toContain(found)
    })
    await fc.assert(property, { numRuns: 1_000 })
  })

  it('F9: with a byte order mark, a time out of range, a word twice, two users, or a size of megabytes', async () => {
    const signed = await signedIn('ada')
    const { text } = (await signed.all.store.load(signed.handle))!
    const seen = [
      `\ufeff${text}`,
      text.replace(',, ', ',,zzzzzzzzzzz '),
      text.replace(',, ', ',-zzzzzzzz, '),
      text.replace(/ \S+,, /, ' zzzzzzzzzzz,, '),
      text.replace(/ \S+,, /, '$& $&'),
      text.replace('1', '99'),
      text.replace('1', '"1"'),
      text.replaceAll('\n', '\r'),
      text.replace('"ada"', '"eve" "ada"'),
      text + 'x'.repeat(3_000_000),
    ]
    for (const spoilt of seen) {
      expect(spoilt).not.toBe(text)
      expect(await lookAt(signed, spoilt)).toBeUndefined()
    }
  })
})

describe('session.data', () => {
  const names =
    '__proto__ constructor prototype toString valueOf hasOwnProperty toJSON then save destroy id cookie data userId signIn 0 -1'
  const dangerous = fc.constantFrom('', 'k'.repeat(1_000), ...names.split(' '))

  it('F10: with any key comes back on the other backend as it was, and is only data', async () => {
    const values = fc.oneof(fc.constantFrom(1, 'x', null, true), fc.dictionary(dangerous, fc.nat(9), { maxKeys: 3 }))
    const property = fc.asyncProperty(fc.dictionary(dangerous, values, { maxKeys: 6 }), async (written) => {
      const { backend } = fleet()
      const browser = new Browser()
      await browser.visit(backend[0], (session) => {
        session.signIn('ada')
        Object.assign(session.data, { first: 1 }, written)
      })
      const { session } = await browser.arrive(backend[1])
      const clean = JSON.parse(JSON.stringify({ first: 1, ...written }), (key, value: unknown) =>
        key === '__proto__' ? undefined : value,
      ) as object
      expect({ ...session.data }).toEqual({ ...clean })
      expect([session.userId, typeof session.save, typeof session.end]).toEqual(['ada', 'function', 'function'])
      await session.update((data) => void (data.count = 7))
      expect((session.data as { count?: number }).count).toBe(7)
    })
    await fc.assert(property, { numRuns: 200 })
  })

  it('F10: leaves out what hides behind getters and symbols, or says that it cannot be stored', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    let asked = 0
    await browser.visit(backend[0], ({ data }) => {
      Object.defineProperty(data, 'theme', { enumerable: true, get: () => `asked ${++asked > 0}` })
      Object.defineProperty(data, Symbol('secret'), { enumerable: false, value: 1 })
      Object.defineProperty(data, 'hidden', { enumerable: false, value: 1 })
    })
    const symbol = browser.visit(backend[0], ({ data }) => Object.assign(data, { [Symbol('lost')]: 1 }))
    await expect(symbol).rejects.toMatchObject({ code: 'DATA_NOT_ENCODABLE' })
    expect((await browser.look(backend[1])).data).toEqual({ theme: 'asked true' })
    const failing = browser.visit(backend[0], ({ data }) =>
      Object.defineProperty(data, 'count', {
        enumerable: true,
        get() {
          throw new Error('from the getter')
        },
      }),
    )
    await expect(failing).rejects.toThrow()
    expect((await browser.look(backend[1])).data).toEqual({ theme: 'asked true' })
    const large = browser.visit(backend[0], ({ data }) => Object.assign(data, { ['k'.repeat(1_000_000)]: 1 }))
    await expect(large).rejects.toMatchObject({ code: 'DATA_TOO_LARGE' })
  })
})

/** The status of the answer to a request with such a Cookie header, in so many lines. */
function statusOf(port: number, cookie: string, lines: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setEncoding('latin1').on('error', reject)
    let answer = ''
    socket.on('data', (chunk: string) => (answer += chunk))
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])))
    const head = ['GET / HTTP/1.1', 'Host: localhost', 'Connection: close', ...Array(lines).fill(`Cookie: ${cookie}`)]
    socket.write([...head, '', ''].join('\r\n'))
  })
}
