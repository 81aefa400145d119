import { describe, expect, it } from 'vitest'
import { isSecure, isUnder, pathOf, type SessionRequest } from './request.js'

const headers = {}

describe('the path of a request', () => {
  it.each([
    ['/', '/'],
    ['', '/'],
    [undefined, '/'],
    ['/a/b', '/a/b'],
    ['/a?b=/c', '/a'],
    ['/a#b', '/a'],
    ['?a=b', '/'],
    ['//host/a', '//host/a'],
    ['/a%2Fb', '/a%2Fb'],
    ['http://example.com/a/b?c', '/a/b'],
    ['http://example.com', '/'],
    ['http://example.com?a', '/'],
    ['*', '*'],
  ])('%j is %j', (url, path) => {
    expect(pathOf({ headers, ...(url !== undefined && { url }) })).toBe(path)
  })

  it.each([
    ['/', '/a', true],
    ['/', '?a', true],
    ['/', '*', false],
    ['/', 'http://example.com', true],
    ['/a', '/ab', true],
    ['/a', '/', false],
    ['/a/', '/a?/a/', false],
  ])('begins with %j if it is %j: %j', (prefix, url, expected) => {
    expect(isUnder(prefix, { headers, url })).toBe(expected)
  })

  it('includes the prefix that a sub-application removed', () => {
    expect(pathOf({ headers, originalUrl: '/app/page', url: '/page' })).toBe('/app/page')
  })
})

describe('a request', () => {
  const tls = { encrypted: true }
  const forwarded = { 'x-forwarded-proto': 'https' }

  it.each<[SessionRequest, boolean | undefined, boolean]>([
    [{ headers, socket: tls }, false, true],
    [{ headers, connection: tls }, false, true],
    [{ headers, connection: null, socket: null }, false, false],
    [{ headers: forwarded }, true, true],
    [{ headers: forwarded }, false, false],
    [{ headers: forwarded }, undefined, false],
    [{ headers: { 'x-forwarded-proto': 'http,https' } }, true, false],
    [{ headers, secure: true }, undefined, true],
    [{ headers, secure: true }, true, false],
    [{ headers, secure: true }, false, false],
    [{ headers, secure: 'yes' }, undefined, false],
  ])('that is %j, with proxy %j, is secure: %j', (request, proxy, expected) => {
    expect(isSecure(request, proxy)).toBe(expected)
  })
})
