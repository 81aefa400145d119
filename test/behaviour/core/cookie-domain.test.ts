import { createSessions, memoryStore } from 'sessera'
import { session } from 'sessera/express-session'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { coversHost } from '../../../src/core/cookie/domain.js'
import { serve } from '../../compatibility/express-session/site.js'
import { recordEvents } from '../../support/record-events.js'

let warn: ReturnType<typeof vi.spyOn>
beforeEach(() => {
  warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => void vi.restoreAllMocks())

const wrong: readonly [domain: unknown, says: string][] = [
  ['127.0.0.1', 'is an IP address'],
  ['10.0.0.5', 'is an IP address'],
  ['::1', 'is an IP address'],
  ['[2001:db8::1]', 'is an IP address'],
  ['com', 'is a single label'],
  ['localhost', 'is a single label'],
  ['.example.com', "must be without the dot; write 'example.com'"],
  ['example.com.', "must be without the dot at its end; write 'example.com'"],
  ['example.com:3000', 'must be without the port'],
  ['localhost:3000', 'must be without the port'],
  ['https://example.com', 'must be the host only'],
  ['https://example.com:3000/', 'must be the host only'],
  ['example.com/app', 'must be the host only'],
  ['*.example.com', 'must be a host name'],
  ['exa mple.com', 'must be a host name'],
  ['', 'must be a host name'],
  [7, 'must be a host name'],
]

describe('a cookie domain that can be none', () => {
  it.each(wrong)('is refused at the start, with what to write: %j', (domain, says) => {
    expect(() => createSessions({ cookie: { domain: domain as string } })).toThrow(`Option cookie.domain ${says}`)
  })

  const dropIn = (domain: string): unknown =>
    session({ secret: 'x', resave: false, saveUninitialized: false, cookie: { domain } })

  it('is warned of by the drop-in, where it was taken before', () => {
    dropIn('127.0.0.1')
    const code = 'SESSERA_COOKIE_DOMAIN'
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('is an IP address') as string, { code })
  })

  it.each(wrong.filter(([domain]) => /\w[:/]\w|\w[:/]+\w|\s/.test(String(domain)) && !/^[[:]/.test(String(domain))))(
    'is refused by the drop-in, where no response could set it: %j',
    (domain, says) => {
      expect(() => dropIn(domain as string)).toThrow(`Option cookie.domain ${says}`)
    },
  )

  it.each(['.example.com', 'localhost', 'example.com'])('is none of what does no harm there: %s', (domain) => {
    dropIn(domain)
    expect(warn).not.toHaveBeenCalled()
  })
})

describe('a cookie domain', () => {
  it.each([
    ['example.com', 'example.com'],
    ['example.com', 'shop.example.com'],
    ['Example.com', 'SHOP.EXAMPLE.COM:443'],
    ['.example.com', 'example.com'],
  ])('%s covers %s', (domain, host) => expect(coversHost(domain, host)).toBe(true))

  it.each([
    ['example.com', 'example.org'],
    ['example.com', 'notexample.com'],
    ['shop.example.com', 'example.com'],
    ['example.com', 'preview-7.pages.dev'],
    ['example.com', '127.0.0.1:3000'],
    ['0.1', '10.0.0.1'],
  ])('%s does not cover %s', (domain, host) => expect(coversHost(domain, host)).toBe(false))

  it('that does not cover the host is an event whenever it is set, and one warning of the process', async () => {
    const sessions = createSessions({ store: memoryStore(), cookie: { domain: 'example.com' } })
    const events = recordEvents('cookie-domain-mismatch')
    const hosts = ['preview-7.pages.dev', 'example.com', 'shop.example.com:443', undefined, 'preview-8.pages.dev']
    for (const host of hosts) {
      const { session, commit } = await sessions.open(undefined, { secure: true, host })
      session.signIn('ada')
      expect((await commit()).setCookies).toHaveLength(1)
    }
    expect(events).toEqual([
      { host: 'preview-7.pages.dev', domain: 'example.com' },
      { host: 'preview-8.pages.dev', domain: 'example.com' },
    ])
    const site = await serve(session, { cookie: { domain: 'example.org' } }, (request, response) => {
      request.session['user'] = 'ada'
      response.end()
    })
    expect((await site.ask()).setCookies).toHaveLength(1)
    expect(events.at(-1)).toEqual({ host: expect.stringMatching(/^(?:127|local)/) as string, domain: 'example.org' })
    const told = warn.mock.calls.filter(
      (call: unknown[]) => (call[1] as { code?: string }).code === 'SESSERA_COOKIE_DOMAIN',
    )
    expect(told).toHaveLength(1)
    expect(told[0]?.[0]).toContain('preview-7.pages.dev')
  })
})
