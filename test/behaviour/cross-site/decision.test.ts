import { createServer } from 'node:http'
import express from 'express'
import { crossSiteCheck, refuseCrossSite } from 'sessera/cross-site'
import { openBrowser } from '../../../src/testing/browser.js'
import { describe, expect, it } from 'vitest'
import { listenInTest } from '../../support/listen-in-test.js'
import { recordEvents } from '../../support/record-events.js'

const host = 'shop.example'
const trusted = 'https://admin.example'
type Headers = Record<string, string>

const passing: [method: string, headers: Headers, why: string][] = [
  ['GET', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 'a safe method'],
  ['HEAD', { 'sec-fetch-site': 'cross-site' }, 'a safe method'],
  ['OPTIONS', { origin: 'https://evil.example' }, 'a safe method'],
  ['POST', { 'sec-fetch-site': 'same-origin', origin: 'https://shop.example' }, 'our own page'],
  ['POST', { 'sec-fetch-site': 'none' }, 'the user alone, such as by a bookmark'],
  ['POST', {}, 'no browser'],
  ['POST', { origin: 'https://shop.example' }, 'an old browser on our page'],
  ['POST', { origin: 'https://shop.example:443' }, 'the same port, named'],
  ['POST', { 'sec-fetch-site': 'cross-site', origin: trusted }, 'a trusted origin'],
  ['DELETE', { origin: trusted }, 'a trusted origin in an old browser'],
]
const refused: [method: string, headers: Headers, why: string][] = [
  ['POST', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 'another site'],
  ['POST', { 'sec-fetch-site': 'same-site', origin: 'https://blog.shop.example' }, 'another subdomain'],
  ['POST', { 'sec-fetch-site': 'cross-site' }, 'another site that hides its origin'],
  ['POST', { 'sec-fetch-site': 'cross-site', origin: 'https://shop.example' }, 'what contradicts itself'],
  ['POST', { 'sec-fetch-site': 'whatever', origin: 'https://shop.example' }, 'an unknown value'],
  ['POST', { origin: 'https://evil.example' }, 'another site in an old browser'],
  ['POST', { origin: 'https://shop.example:8443' }, 'another port'],
  ['POST', { origin: 'null' }, 'a sandbox'],
  ['PUT', { origin: 'shop.example' }, 'what is no origin'],
  ['PATCH', { origin: 'https://shop.example.evil.example' }, 'a host that begins like ours'],
  ['post', { 'sec-fetch-site': 'cross-site' }, 'a method that is no known one'],
]

const check = crossSiteCheck({ trustedOrigins: [trusted] })

describe('a check for requests of other sites', () => {
  it.each(passing)('lets %s with %o pass: %s', (method, headers) => {
    expect(check({ method, headers: { host, ...headers } })).toBeUndefined()
    const fields = new Headers(headers)
    expect(check({ method, url: `https://${host}/path`, headers: fields })).toBeUndefined()
  })

  it.each(refused)('CS-1: refuses %s with %o: %s', (method, headers) => {
    const events = recordEvents('cross-site-refused')
    const error = { code: 'CROSS_SITE_REQUEST', status: 403 }
    expect(check({ method, headers: { host, ...headers } })).toMatchObject(error)
    expect(check({ method, url: `https://${host}/path`, headers: new Headers(headers) })).toMatchObject(error)
    expect(events).toHaveLength(2)
    expect(events[0]).toMatchObject({ method, origin: headers['origin'] })
  })

  it('without a host, no origin is its own', () => {
    expect(check({ method: 'POST', headers: { origin: 'https://shop.example' } })).toBeDefined()
  })

  it.each([['https://admin.example/'], ['admin.example'], ['*'], ['HTTPS://ADMIN.EXAMPLE'], [null]])(
    'refuses %s as a trusted origin',
    (origin) => {
      expect(() => crossSiteCheck({ trustedOrigins: [origin as string] })).toThrow(/trustedOrigins must name origins/)
    },
  )

  it('refuses options that it does not know', () => {
    expect(() => refuseCrossSite({ origins: [] } as never)).toThrow(/origins/)
    expect(() => refuseCrossSite({ trustedOrigins: 'https://a.example' as never })).toThrow(/must be a list/)
  })
})

it('CS-3: as a middleware of Express answers 403, which caches keep apart', async () => {
  const app = express()
  app.set('env', 'test')
  app.use(refuseCrossSite())
  app.all('/', (_request, response) => void response.send('done'))
  const { origin } = await listenInTest(createServer(app))
  const browser = openBrowser(origin)
  const answer = await browser.visit('/', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })
  expect([answer.status, answer.headers.vary]).toEqual([403, 'Origin, Sec-Fetch-Site'])
  expect((await browser.visit('/', { method: 'POST', headers: { origin } })).body).toBe('done')
})
