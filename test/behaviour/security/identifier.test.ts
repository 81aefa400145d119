import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import express from 'express'
import { createSessions, memoryStore } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'
import { describe, expect, it } from 'vitest'
import { newToken } from '../../../src/core/cookie/token.js'
import { openBrowser } from '../../../src/testing/browser.js'
import { Browser } from '../../support/browser.js'
import { fleet } from '../../support/fleet.js'
import { listenInTest } from '../../support/listen-in-test.js'

describe('tokens', () => {
  it('SID-1: a million of them are all different, and their bits and bytes are evenly spread', () => {
    const drawn = 1_000_000
    const seen = new Set<string>()
    const bytes = new Uint32Array(256)
    for (let index = 0; index < drawn; index++) {
      const { text } = newToken()
      seen.add(text.slice(23))
      const block = Buffer.from(text.slice(23), 'base64url')
      for (let at = 0; at < block.length; at++) bytes[block[at]!]!++
    }
    expect(seen.size).toBe(drawn)

    const expected = (drawn * 24) / 256
    const chiSquared = bytes.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 255 degrees of freedom have a deviation of 22.6; ten of them do not happen by chance. Nor does an even distribution.
    expect(Math.abs(chiSquared - 255)).toBeLessThan(226)
    const ones = bytes.reduce((sum, count, byte) => sum + count * byte.toString(2).replaceAll('0', '').length, 0)
    const bits = drawn * 24 * 8
    expect(Math.abs(ones - bits / 2)).toBeLessThan(10 * Math.sqrt(bits / 4))
  }, 180_000)

  it('SID-1: are made by the system’s generator only', () => {
    const sources = ['core/cookie/token.ts', 'engine/random.ts', 'store.ts', 'core/record/record.ts']
    for (const source of sources) {
      const text = readFileSync(new URL(`../../../src/${source}`, import.meta.url), 'utf8')
      expect(text, source).not.toMatch(/Math\.random|uuid|\bDate\b|performance|process\.(?:hrtime|pid)/i)
    }
  })

  it('SID-2: of the same user in the same moment have nothing in common and say nothing', async () => {
    const { backend } = fleet()
    const tokens: string[] = []
    for (let index = 0; index < 100; index++) {
      const browser = new Browser()
      await browser.visit(backend[0], (session) => session.signIn('ada@example.org'))
      tokens.push((browser.cookie ?? '').split('=')[1] ?? '')
    }
    const pieces = tokens.flatMap((token) =>
      Array.from({ length: token.length - 6 }, (_, start) => token.slice(start, start + 7)),
    )
    expect(pieces.length).toBe(100 * 49)
    expect(new Set(pieces).size).toBe(pieces.length)
    for (const token of tokens) {
      const decoded = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
      expect([...decoded, token].join(' ')).not.toMatch(/ada@|example/i) // "ada" alone comes by chance
    }
  })
})

describe('a session', () => {
  it('SID-8: is found by the cookie only, not by a token in the address, the body or another header', async () => {
    const sessions = createSessions<{ visits?: number }>({ store: memoryStore(), cookie: { secure: false } })
    const app = express()
    app.set('env', 'test')
    app.use(express.urlencoded(), expressSessions(sessions))
    app.get('/login', (request, response) => {
      sessionOf(sessions, request).signIn('ada')
      response.end()
    })
    app.all('/look', (request, response) => response.send(sessionOf(sessions, request).userId ?? 'nobody'))
    const { origin } = await listenInTest(createServer(app))
    const owner = openBrowser(origin)
    await owner.visit('/login')
    expect((await owner.visit('/look')).body).toBe('ada')

    const cookie = owner.cookies()
    const token = cookie.replace('session=', '')
    const names = ['session', '__Host-session', 'sid', 'token', 'jsessionid']
    for (const name of names) {
      const stranger = openBrowser(origin)
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const seen = [
        await stranger.visit(`/look?${name}=${token}`),
        await stranger.visit(`/look;${name}=${token}`),
        await stranger.visit('/look', { headers: { [`x-${name}`]: token, [name.replaceAll('_', '')]: token } }),
        await stranger.visit('/look', { method: 'POST', headers: form }),
      ]
      for (const { status, body } of seen) expect([status, body]).not.toEqual([200, 'ada'])
    }
    const headers = { authorization: `Bearer ${token}`, 'x-session': token, 'x-session-id': token, cookie2: cookie }
    expect((await openBrowser(origin).visit('/look', { headers })).body).toBe('nobody')
    const body = await fetch(`${origin}/look`, { method: 'POST', body: new URLSearchParams({ session: token }) })
    expect(await body.text()).toBe('nobody')
  })

  it('SID-9: has a cookie whose name tells nothing of who made it', async () => {
    const browser = new Browser()
    await browser.visit(fleet().backend[0], ({ data }) => void (data.count = 1))
    expect(browser.cookie?.split('=')[0]).toBe('__Host-session')
  })

  it('SID-10: is known to the store alone: no key, no secret, and a token of another fleet opens nothing', async () => {
    const [here, there] = [fleet(), fleet()]
    const browser = new Browser()
    await browser.visit(here.backend[0], (session) => session.signIn('ada'))
    expect((await browser.look(here.backend[1])).userId).toBe('ada')
    expect((await browser.look(there.backend[1])).userId).toBeUndefined()
    for (const option of ['secret', 'keys', 'key', 'genid']) {
      expect(() => createSessions({ [option]: 'x' })).toThrow(option)
    }
  })
})
