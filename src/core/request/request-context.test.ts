import { afterEach, describe, expect, it, vi } from 'vitest'
import { makePolicy } from '../policy.js'
import { chooseCookie, warnOfDevelopmentCookie, type RequestContext } from './request-context.js'

const developing = makePolicy({}, false)
const production = makePolicy({}, true)
const loopback = { secure: false, host: 'localhost:3000', direct: true }
const anywhere = makePolicy({ cookie: { development: true } }, false)

describe('the cookie of a request', () => {
  it.each([
    { secure: true },
    { secure: true, host: 'localhost' },
    { secure: true, host: 'example.org', direct: false },
  ])('CK-1: is the configured one over HTTPS: %j', (request) => {
    for (const policy of [developing, production]) {
      expect(chooseCookie(policy, request)).toEqual({ cookie: policy.cookie, obstacle: undefined })
    }
  })

  it.each([
    'localhost',
    'localhost:3000',
    'LOCALHOST',
    'app.localhost',
    'a.b-c.localhost:80',
    '127.0.0.1',
    '127.0.0.1:8080',
    '127.1.2.3',
    '[::1]',
    '[::1]:3000',
  ])('CK-1: is the one without Secure while developing on plain HTTP at %s', (host) => {
    const { cookie, obstacle } = chooseCookie(developing, { secure: false, host, direct: true })
    expect(cookie).toBe(developing.developmentCookie)
    expect(cookie.name).toBe('session')
    expect(cookie.set('v')).not.toContain('Secure')
    expect(obstacle).toBe(undefined)
  })

  it.each([
    undefined,
    '',
    'example.org',
    'localhost.example.org',
    'notlocalhost',
    '127.0.0.1.example.org',
    '128.0.0.1',
    '127.0.0.1@example.org',
    'user@localhost',
    'localhost:80:80',
    'localhost:',
    'localhost ',
    'localhost/',
    'localhost,example.org',
    '.localhost',
    'a..localhost',
    '[::1',
    '::1',
    '[::2]',
    '0.0.0.0',
    '10.0.0.1',
    'localhost\n',
    'localhost:123456',
    `${'a.'.repeat(10_000)}example.org`,
  ])('CK-1: is the configured one, and may not be set, on plain HTTP at another host (%#)', (host) => {
    expect(chooseCookie(developing, { secure: false, host, direct: true })).toEqual({
      cookie: developing.cookie,
      obstacle: 'insecure',
    })
  })

  it.each([
    { secure: false, host: 'localhost' },
    { ...loopback, direct: false },
  ])('CK-1: is never without Secure unless the request is known to be direct: %j', (request) => {
    expect(chooseCookie(developing, request)).toEqual({ cookie: developing.cookie, obstacle: 'insecure' })
  })

  it.each(['192.168.1.7:3000', '10.0.2.2', 'web', 'app.test', undefined])(
    'CK-1: is the one without Secure at any host, %s, where the application says so',
    (host) => {
      const { cookie, obstacle } = chooseCookie(anywhere, { secure: false, host })
      expect([cookie, obstacle]).toEqual([anywhere.developmentCookie, undefined])
      expect(chooseCookie(anywhere, { secure: true, host }).cookie).toBe(anywhere.cookie)
    },
  )

  it('CK-1: is never without Secure where the application says so', () => {
    const never = makePolicy({ cookie: { development: false } }, false)
    expect(chooseCookie(never, loopback)).toEqual({ cookie: never.cookie, obstacle: 'insecure' })
  })

  it('CK-1: always has Secure in production', () => {
    expect(() => makePolicy({ cookie: { development: true } }, true)).toThrow(
      'Option cookie.development must not be true',
    )
    expect(() => makePolicy({ cookie: { development: false } }, true)).not.toThrow()
    expect(() => makePolicy({ cookie: { development: 'yes' as never } }, false)).toThrow(
      'Option cookie.development must',
    )
  })

  it('is read without its property direct in production, and over HTTPS', () => {
    const asking = (secure: boolean): RequestContext => ({
      secure,
      host: 'localhost',
      get direct(): boolean {
        throw new Error('It was asked.')
      },
    })
    expect(chooseCookie(production, asking(false)).obstacle).toBe('insecure')
    expect(chooseCookie(developing, asking(true)).obstacle).toBe(undefined)
  })

  it('CK-1: may always be set with secure: false, in production too', () => {
    for (const policy of [true, false].map((inProduction) => makePolicy({ cookie: { secure: false } }, inProduction))) {
      for (const request of [{ secure: false, host: 'example.org', direct: false }, loopback, { secure: true }]) {
        expect(chooseCookie(policy, request)).toEqual({ cookie: policy.cookie, obstacle: undefined })
      }
    }
  })
})

describe('the warning of the development cookie', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('comes once for each set of options', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    for (const policy of [makePolicy({}, false), makePolicy({}, false)]) {
      const choice = chooseCookie(policy, loopback)
      warnOfDevelopmentCookie(choice, policy)
      warnOfDevelopmentCookie(choice, policy)
    }
    expect(warn.mock.calls.map(([, options]) => options)).toEqual([
      { code: 'SESSERA_DEVELOPMENT_COOKIE' },
      { code: 'SESSERA_DEVELOPMENT_COOKIE' },
    ])
  })

  it('does not come for any other cookie', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const plain = makePolicy({ cookie: { secure: false } }, true)
    warnOfDevelopmentCookie(chooseCookie(developing, { secure: true }), developing)
    warnOfDevelopmentCookie(chooseCookie(plain, loopback), plain)
    expect(warn).not.toHaveBeenCalled()
  })
})
