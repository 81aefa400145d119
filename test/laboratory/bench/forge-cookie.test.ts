import { describe, expect, it } from 'vitest'
import { forgeCookie } from './forge-cookie.js'

describe('forgeCookie', () => {
  it('keeps what a token of Sessera must look like, and changes handle and secret', () => {
    const token = 'wPVb_BWDNs4Dq2iLFSxJ4Q.bBQ2iVW0TKcJ6LbEX5xTkQmA1uDvE8-h'
    const [name, forged] = forgeCookie(`session=${token}`, 1).split('=') as [string, string]
    expect(name).toBe('session')
    expect(forged).toMatch(/^[A-Za-z0-9_-]{21}[AQgw]\.[A-Za-z0-9_-]{32}$/)
    const [handle, secret] = forged.split('.')
    expect([handle, secret]).not.toContain(token.split('.')[0])
    expect(secret).not.toBe(token.split('.')[1])
  })

  it('leaves escapes alone, and treats each of several cookies', () => {
    const signed = 'koa.sess=s%3Aabcdefgh01234567; koa.sess.sig=ABCDEFGHIJKLMNOP%2Bqr'
    const forged = forgeCookie(signed, 30)
    expect(forged).toMatch(/^koa\.sess=s%3A[a-z]{8}\d{4}4567; koa\.sess\.sig=[A-Z]{16}%2Bqr$/)
    const values = (cookies: string): string[] => cookies.split('; ').map((cookie) => cookie.split('=')[1]!)
    expect(values(forged)[0]).not.toBe(values(signed)[0])
    expect(values(forged)[1]).not.toBe(values(signed)[1])
  })

  it('gives each visitor another one', () => {
    const forged = Array.from({ length: 5 }, (_, variant) => forgeCookie('session=abcdefghijklmnopqrstuvwxyz', variant))
    expect(new Set(forged).size).toBe(5)
  })
})
