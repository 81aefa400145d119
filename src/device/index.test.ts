import fc from 'fast-check'
import { createSessions, memoryStore } from 'sessera'
import { describeDevice } from 'sessera/device'
import { describe, expect, it } from 'vitest'

const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const webKit = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const phone = 'Mozilla/5.0 (Linux; Android 10; K)'
const iPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'

describe('a user agent', () => {
  it.each([
    [`Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0`, 'Firefox 145', 'Linux'],
    [`${windows} ${webKit} Chrome/142.0.7444.60 Safari/537.36`, 'Chrome 142', 'Windows'],
    [`${windows} ${webKit} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.3595.53`, 'Edge 142', 'Windows'],
    [`${windows} ${webKit} Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0`, 'Opera 124', 'Windows'],
    [`${mac} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15`, 'Safari 26', 'macOS'],
    [`${iPhone} Version/26.1 Mobile/15E148 Safari/604.1`, 'Safari 26', 'iOS'],
    [`${iPhone} CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1`, 'Chrome 142', 'iOS'],
    [`${iPhone} FxiOS/145.0 Mobile/15E148 Safari/605.1.15`, 'Firefox 145', 'iOS'],
    [`${phone} ${webKit} Chrome/142.0.0.0 Mobile Safari/537.36`, 'Chrome 142', 'Android'],
    [`${phone} ${webKit} Chrome/142.0.0.0 Mobile Safari/537.36 EdgA/142.0.0.0`, 'Edge 142', 'Android'],
    [`${phone} ${webKit} SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36`, 'Samsung Internet 29', 'Android'],
    [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webKit} Chrome/142.0.0.0 Safari/537.36`, 'Chrome 142', 'ChromeOS'],
    [
      `Mozilla/5.0 (Linux; Android 15; wv) ${webKit} Version/4.0 Chrome/142.0.0.0 Safari/537.36`,
      'Chrome 142',
      'Android',
    ],
    ['curl/8.17.0', 'unknown browser', undefined],
    ['', 'unknown browser', undefined],
    [undefined, 'unknown browser', undefined],
  ])('%s', (userAgent, browser, system) => {
    expect(describeDevice({ userAgent })).toEqual({ browser, ...(system === undefined ? {} : { system }) })
  })
})

describe('an address', () => {
  it.each([
    ['203.0.113.77', '203.0.113.0/24'],
    ['::ffff:203.0.113.77', '203.0.113.0/24'],
    ['::ffff:cb00:714d', '203.0.113.0/24'],
    ['0:0:0:0:0:ffff:203.0.113.77', '203.0.113.0/24'],
    ['2002:cb00:714d::1', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1::/48'],
    ['2001:db8::1', '2001:db8::/48'],
    ['fe80::1234:5678%eth0', 'fe80::/48'],
    ['64:ff9b::203.0.113.77', '64:ff9b::/48'],
    ['::1', '::/48'],
    ['2001:0:10:0::1', '2001:0:10::/48'],
    ['::', '::/48'],
  ])('%s is shown as %s', (address, network) => {
    expect(describeDevice({ address }).network).toBe(network)
  })

  it.each(['', 'unknown', '203.0.113', '203.0.113.77, 10.0.0.1', '203.0.113.77:443', '1:2', 'example.org', undefined])(
    'is missing for %j',
    (address) => {
      expect(describeDevice({ address })).toEqual({ browser: 'unknown browser' })
    },
  )

  it('loses all that is behind the network, whichever it is', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(describeDevice({ address }).network).toBe(address.replace(/\d+$/, '0/24'))
      }),
    )
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(describeDevice({ address }).network).toMatch(
          /^(?:[\da-f]{1,4}:){0,2}(?:[\da-f]{1,4})?::\/48$|^[\d.]{5,11}\.0\/24$/,
        )
      }),
    )
  })
})

describe('a description', () => {
  it('is short and has no character that a list or a log could take amiss, whatever a client sends', () => {
    const starts = [' Firefox/', ' Chrome/', ' Version/1 Safari/', 'Windows', '']
    const characters = fc
      .array(fc.nat({ max: 0xffff }), { maxLength: 60 })
      .map((codes) => String.fromCharCode(...codes))
    fc.assert(
      fc.property(fc.constantFrom(...starts), characters, fc.nat(), (start, rest, digits) => {
        for (const userAgent of [start + rest, rest + start, `${start}${digits}${rest}`]) {
          const { browser, ...others } = describeDevice({ userAgent, address: userAgent })
          expect(browser).toMatch(/^[A-Z][A-Za-z ]{3,16} \d{1,4}$|^unknown browser$/)
          expect(JSON.stringify(others)).toMatch(/^[\w{}":,./]{2,80}$/)
        }
      }),
    )
    for (const value of [null, 1, {}, ['Firefox/145'], Symbol('a')] as never[])
      expect(describeDevice({ userAgent: value, address: value })).toEqual({ browser: 'unknown browser' })
  })

  it('is made in linear time', () => {
    const long = `Mozilla/5.0${' Version/1'.repeat(1_000_000)}`
    const before = process.cpuUsage().user
    describeDevice({ userAgent: long, address: long })
    expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(100)
  })

  it('is what signIn takes, and what lists show, as long as the session lives', async () => {
    let time = 1_000_000
    const sessions = createSessions({ store: memoryStore({ now: () => time }) })
    const { session, commit } = await sessions.open(undefined)
    session.signIn('ada', {
      device: describeDevice({ userAgent: `${windows} Firefox/145.0`, address: '203.0.113.77' }),
    })
    await commit()
    const device = { browser: 'Firefox 145', system: 'Windows', network: '203.0.113.0/24' }
    expect(await sessions.user('ada').list()).toEqual([expect.objectContaining({ device })])
    time += 30 * 60_000
    expect(await sessions.user('ada').list()).toEqual([])
  })
})
