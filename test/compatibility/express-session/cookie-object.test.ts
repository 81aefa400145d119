import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { onBoth } from './both.js'

const now = new Date('2030-01-01T00:00:00Z')
const inOneMinute = new Date(now.getTime() + 60_000)

beforeEach(() => {
  vi.useFakeTimers({ now })
})
afterEach(() => {
  vi.useRealTimers()
})

onBoth(({ Cookie }) => {
  type Options = ConstructorParameters<typeof Cookie>[0]
  const make = (options?: unknown) => new Cookie(options as Options)
  /** For values that its type does not allow and that applications give it nevertheless. */
  const loosely = (cookie: object): Record<string, unknown> => cookie as Record<string, unknown>

  describe('a new cookie', () => {
    it.each([undefined, null, {}, false, 0, ''])('lasts until the browser closes, made with %j', (options) => {
      expect(make(options)).toMatchObject({
        path: '/',
        httpOnly: true,
        maxAge: null,
        expires: null,
        originalMaxAge: null,
      })
    })

    it.each(['path=/', 1, true, Symbol('cookie')])('is not made with %s', (options) => {
      expect(() => make(options)).toThrow(TypeError)
      expect(() => make(options)).toThrow(/argument options/)
    })

    it('takes every option, also those of a prototype and those it does not know', () => {
      const options = Object.assign(Object.create({ domain: 'example.com' }) as object, { path: '/app', mine: 1 })
      expect(make(options)).toMatchObject({ path: '/app', domain: 'example.com', mine: 1 })
    })

    it('does not take data, nor change the options', () => {
      const options = Object.freeze({ data: { path: '/data' }, maxAge: 1000 })
      expect(make(options).data).toMatchObject({ path: '/', originalMaxAge: 1000 })
    })

    it('may be made of another cookie', () => {
      const cookie = make({ maxAge: 60_000, domain: 'example.com', sameSite: 'lax' })
      expect(JSON.stringify(make(cookie))).toBe(JSON.stringify(cookie))
    })

    it('has the fields that stores look for', () => {
      expect(Object.keys(make({ maxAge: 1000 }))).toEqual(['path', '_expires', 'originalMaxAge', 'httpOnly'])
    })
  })

  describe('of expires and maxAge', () => {
    it('the last one counts', () => {
      expect(make({ expires: inOneMinute, maxAge: 1000 })).toMatchObject({ maxAge: 1000, originalMaxAge: 1000 })
      expect(make({ maxAge: 1000, expires: inOneMinute })).toMatchObject({
        expires: inOneMinute,
        maxAge: 60_000,
        originalMaxAge: 60_000,
      })
      expect(make({ maxAge: 1000, expires: null })).toMatchObject({ expires: null, originalMaxAge: null })
      expect(make({ expires: inOneMinute, maxAge: null })).toMatchObject({ expires: null, originalMaxAge: null })
    })

    it('and originalMaxAge too', () => {
      expect(make({ originalMaxAge: 5, maxAge: 1000 }).originalMaxAge).toBe(1000)
      expect(make({ maxAge: 1000, originalMaxAge: 5 })).toMatchObject({ maxAge: 1000, originalMaxAge: 5 })
      expect(make({ maxAge: 1000, originalMaxAge: null }).originalMaxAge).toBe(1000)
    })
  })

  describe('expires', () => {
    it('gives the very Date back that it was set to', () => {
      const cookie = make()
      cookie.expires = inOneMinute
      expect(cookie.expires).toBe(inOneMinute)
      expect(make({ expires: inOneMinute }).expires).toBe(inOneMinute)
    })

    it('says what maxAge is, and resets originalMaxAge', () => {
      const cookie = make({ maxAge: 1000 })
      cookie.expires = inOneMinute
      expect(cookie).toMatchObject({ maxAge: 60_000, originalMaxAge: 60_000 })
      vi.advanceTimersByTime(10_000)
      expect(cookie).toMatchObject({ maxAge: 50_000, originalMaxAge: 60_000 })
    })

    it.each([null, false, undefined, ''])('may be %j, and then maxAge is that', (value) => {
      const cookie = loosely(make({ maxAge: 1000 }))
      cookie['expires'] = value
      expect([cookie['expires'], cookie['maxAge'], cookie['originalMaxAge']]).toEqual([value, value, value])
    })

    it('is negative as maxAge when it is over', () => {
      const cookie = make({ expires: inOneMinute })
      vi.advanceTimersByTime(61_000)
      expect(cookie.maxAge).toBe(-1000)
    })
  })

  describe('maxAge', () => {
    it.each([60_000, 1, 0, -1000])('is %d ms from now', (ms) => {
      const cookie = make()
      cookie.maxAge = ms
      expect(cookie).toMatchObject({ expires: new Date(now.getTime() + ms), maxAge: ms, originalMaxAge: ms })
    })

    it('may be a Date', () => {
      const ignore = (): void => {}
      process.on('deprecation', ignore)
      const cookie = loosely(make())
      cookie['maxAge'] = inOneMinute
      process.off('deprecation', ignore)
      expect(cookie['expires']).toBe(inOneMinute)
      expect(cookie['originalMaxAge']).toBe(60_000)
    })

    it.each([null, false, undefined, ''])('that is %j makes expires that', (value) => {
      const cookie = loosely(make({ maxAge: 1000 }))
      cookie['maxAge'] = value
      expect([cookie['expires'], cookie['maxAge'], cookie['originalMaxAge']]).toEqual([value, value, value])
    })

    it.each(['60000', true, {}, [1000]])('is not set to %j', (value) => {
      const cookie = loosely(make({ maxAge: 1000 }))
      expect(() => (cookie['maxAge'] = value)).toThrow(TypeError)
      expect(() => (cookie['maxAge'] = value)).toThrow(/maxAge/)
      expect(cookie['maxAge']).toBe(1000)
      expect(() => make({ maxAge: value })).toThrow(/maxAge/)
    })
  })

  describe('as JSON', () => {
    const full = {
      sameSite: 'lax',
      path: '/app',
      domain: 'example.com',
      httpOnly: false,
      secure: true,
      expires: inOneMinute,
      priority: 'high',
      partitioned: true,
    }

    it('is this, to the letter', () => {
      expect(JSON.stringify(make())).toBe('{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}')
      expect(JSON.stringify(make({ maxAge: 60_000, sameSite: 'lax' }))).toBe(
        '{"originalMaxAge":60000,"expires":"2030-01-01T00:01:00.000Z","httpOnly":true,"path":"/","sameSite":"lax"}',
      )
      expect(JSON.stringify(make(full))).toBe(
        '{"originalMaxAge":60000,"partitioned":true,"priority":"high","expires":"2030-01-01T00:01:00.000Z","secure":true,' +
          '"httpOnly":false,"domain":"example.com","path":"/app","sameSite":"lax"}',
      )
    })

    it('is its data, which has all names in one order', () => {
      const cookie = make(full)
      expect(cookie.toJSON()).toEqual(cookie.data)
      for (const { data } of [cookie, make()]) {
        expect(Object.keys(data)).toEqual([
          'originalMaxAge',
          'partitioned',
          'priority',
          'expires',
          'secure',
          'httpOnly',
          'domain',
          'path',
          'sameSite',
        ])
      }
      expect(cookie.data.expires).toBe(inOneMinute)
    })

    it('has nothing else that was put on it', () => {
      const cookie = make({ signed: true, mine: 1 })
      Object.assign(cookie, { later: 2 })
      expect(JSON.stringify(cookie)).toBe('{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}')
    })

    it('has an originalMaxAge that was set by hand', () => {
      const cookie = make({ maxAge: 1000 })
      cookie.originalMaxAge = 5
      expect(JSON.parse(JSON.stringify(cookie))).toMatchObject({
        originalMaxAge: 5,
        expires: '2030-01-01T00:00:01.000Z',
      })
    })
  })

  describe('serialize', () => {
    it('makes a Set-Cookie value of its data', () => {
      expect(make().serialize('name', 'a b')).toBe('name=a%20b; Path=/; HttpOnly')
      expect(make({ maxAge: 60_000, secure: true, path: '/app' }).serialize('name', 'value')).toBe(
        'name=value; Path=/app; Expires=Tue, 01 Jan 2030 00:01:00 GMT; HttpOnly; Secure',
      )
    })

    it('throws for what cannot be sent', () => {
      expect(() => make().serialize('a b', 'value')).toThrow('argument name is invalid')
      expect(() => make({ domain: 'a;b' }).serialize('name', 'value')).toThrow('option domain is invalid')
      expect(() => make({ expires: new Date(Number.NaN) }).serialize('name', 'value')).toThrow(
        'option expires is invalid',
      )
    })
  })
})
