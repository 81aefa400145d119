import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../../errors.js'
import type { CookieOptions } from '../../options.js'
import { findCookies, makeCookie } from './cookie.js'

/** Any UTF-16 text, with lone surrogates and control characters. */
const anyText = (maxLength = 10): fc.Arbitrary<string> =>
  fc.array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff)), { maxLength }).map((codes) => String.fromCharCode(...codes))

const name = '__Host-session'
const none: readonly string[] = []
const found = (...values: string[]): readonly string[] => values

describe('finding our cookie', () => {
  it.each([
    [undefined, none],
    ['', none],
    [';', none],
    [';;', none],
    ['=', none],
    ['=x', none],
    [name, none],
    ['a', none],
    ['a=', none],
    ['other=1; another=2', none],
    [`${name}=`, found('')],
    [`${name}=v`, found('v')],
    [`${name}=v;`, found('v')],
    [`;${name}=v`, found('v')],
    [`a=1;${name}=v;b=2`, found('v')],
    [`a=1; ${name}=v; b=2`, found('v')],
    [`\t ${name}\t =\t v \t;b`, found('v')],
    [`${name}==v`, found('=v')],
    [`${name}=v=w`, found('v=w')],
    [`${name}=v w`, found('v w')],
    [`a; ${name}=v`, found('v')],
    [`${name}; ${name}=v`, found('v')],
    [`a=${name}; b=${name}`, none],
  ])('CP-1: reads %j by the grammar', (header, expected) => {
    expect(findCookies(header, name)).toEqual(expected)
  })

  it.each([
    [`${name}=v; ${name}=w`, found('v', 'w')],
    [`${name}=v; ${name}=v`, found('v', 'v')],
    [`${name}=v;a=1;\t${name} =`, found('v', '')],
    [`${name}=; ${name}=`, found('', '')],
  ])('CP-2: finds all with our name in %j', (header, expected) => {
    expect(findCookies(header, name)).toEqual(expected)
  })

  const looksBlank = [
    ...Array.from({ length: 0x80 }, (_, index) => String.fromCharCode(0x80 + index)),
    ...'\v\f\0\u1680\u2000\u2028\u202f\u3000\ufeff',
  ]
  it('CP-3: a name surrounded by U+00A0, or by anything but space and tab, is not our cookie', () => {
    for (const blank of looksBlank) {
      expect(findCookies(`${blank}${name}=v`, name)).toEqual(none)
      expect(findCookies(`${name}${blank}=v`, name)).toEqual(none)
      expect(findCookies(`a=1; ${blank}${name}=v; ${name}=w`, name)).toEqual(found('w'))
    }
  })

  it('CP-3: a value keeps whatever surrounds it but space and tab', () => {
    for (const blank of looksBlank) {
      expect(findCookies(`${name}= ${blank}v${blank}\t`, name)).toEqual(found(`${blank}v${blank}`))
    }
  })

  it.each([
    '__HOST-SESSION',
    '__host-session',
    '%5F%5FHost-session',
    '__Host-session%00',
    '__Host-session\0',
    '"__Host-session"',
    'x__Host-session',
    '__Host-sessionx',
    '__Host-session[]',
  ])('CP-4: %j is not our name', (other) => {
    expect(findCookies(`${other}=v`, name)).toEqual(none)
    expect(findCookies(`${other}=v; ${name}=w`, name)).toEqual(found('w'))
  })

  it('CP-5: knows no quotes, no backslashes, no commas and no $Version', () => {
    expect(findCookies(`$Version=1; ${name}="v"`, name)).toEqual(found('"v"'))
    expect(findCookies(`$Version=1; ${name}="v\\"; other=secret; end="`, name)).toEqual(found('"v\\"'))
    expect(findCookies(`a="; ${name}=v; b="`, name)).toEqual(found('v'))
    expect(findCookies(`a=1, ${name}=v`, name)).toEqual(none)
    expect(findCookies(`$Path=/; ${name}=v, $Domain=x`, name)).toEqual(found('v, $Domain=x'))
  })

  it.each([`=${name}=evil`, `= ${name}=evil`, `;=${name}=evil;`, `a=1; =${name}=evil`])(
    'CP-6: the nameless cookie %j is not ours',
    (header) => {
      expect(findCookies(header, name)).toEqual(none)
      expect(findCookies(`${header}; ${name}=v`, name)).toEqual(found('v'))
    },
  )

  it.each(['%', '%z', '%zz', '%E0%A4%A', '%2525', '%2e%2E', '%C0%AF', 'v%3B'])(
    'CP-7: hands %j over as it is',
    (value) => {
      expect(findCookies(`${name}=${value}`, name)).toEqual(found(value))
    },
  )

  it.each([
    ['semicolons', ';'],
    ['equals signs', '='],
    ['blanks', ' \t'],
    ['escaped quotes', '"\\"'],
    ['pairs', 'a=b;'],
    ['names without a value', 'a;'],
    ['our name without a value', `${name} \t`],
    ['our name within another', `a${name}=`],
    ['our name behind blanks', `a \t ${name} = `],
  ])('CP-8: half a million characters of %s take linear time', (_, junk) => {
    const text = `${junk.repeat(500_000 / junk.length)};${name}`
    const { header, work } = counting(text)
    expect(findCookies(header, name)).toEqual(none)
    expect(work.characters).toBeLessThan(5 * text.length)
  })

  it('CP-9: other names never matter, whatever they are', () => {
    const header = `__proto__=x; constructor=y; toString=z; hasOwnProperty=0; ${name}=v`
    expect(findCookies(header, name)).toEqual(found('v'))
    expect(findCookies(header, 'valueOf')).toEqual(none)
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  /** The rule, written down another way: split by `;`, cut at the first `=`, strip spaces and tabs. */
  function byTheBook(header: string): readonly string[] {
    const values: string[] = []
    for (const pair of header.split(';')) {
      const [, key, value] = /^[ \t]*([^=]*?)[ \t]*=[ \t]*([^]*?)[ \t]*$/.exec(pair) ?? []
      if (key === name && value !== undefined) values.push(value)
    }
    return values
  }

  it('agrees with the grammar for any header', () => {
    const pieces = fc.constantFrom(
      name,
      name,
      '=',
      '=',
      ';',
      '; ',
      ' ',
      '\t',
      '"',
      '\\',
      ',',
      'v',
      'a=b',
      '\u00a0',
      '%3D',
    )
    const headers = fc.oneof(
      fc.array(pieces, { maxLength: 24 }).map((parts) => parts.join('')),
      anyText(),
    )
    fc.assert(
      fc.property(headers, (header) => {
        expect(findCookies(header, name)).toEqual(byTheBook(header))
      }),
      { numRuns: 2_000 },
    )
  })
})

/** RFC 6265bis, `set-cookie-string`, of the attributes that we use and in any order. */
const setCookieGrammar = (() => {
  const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
  const octets = '[\\x21\\x23-\\x2b\\x2d-\\x3a\\x3c-\\x5b\\x5d-\\x7e]*'
  const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?'
  const attributes = [
    'Max-Age=(?:0|[1-9][0-9]*)',
    `Domain=${label}(?:\\.${label})*`,
    'Path=/[\\x20-\\x3a\\x3c-\\x7e]*',
    'Secure',
    'HttpOnly',
    'SameSite=(?:Lax|Strict|None)',
    'Partitioned',
  ]
  return new RegExp(`^${token}=${octets}(?:; (?:${attributes.join('|')}))*$`)
})()

/** What browsers know a cookie by, and what they allow it: what setting and clearing must agree on. */
function identityOf(setCookie: string): Record<string, unknown> {
  const [pair = '', ...attributes] = setCookie.split('; ')
  const entries = attributes.map((attribute) => attribute.split('=')).filter(([key]) => key !== 'Max-Age')
  expect(new Set(entries.map(([key]) => key)).size).toBe(entries.length)
  return { name: pair.slice(0, pair.indexOf('=')), ...Object.fromEntries(entries.map(([key, ...rest]) => [key, rest])) }
}

const labels = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?$/)
const optional = <Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(values, { nil: undefined })

/** Options of the right types, a good part of them refused for other reasons. */
const anyOptions = fc.record({
  name: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    fc.constantFrom('session', '__Host-app', '__Secure-app', '__host-app', '__Http-app'),
    anyText(70),
  ),
  domain: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: fc.array(labels, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')) },
    anyText(20),
  ),
  path: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: fc.webPath().map((path) => `/${path}`) },
    anyText(20),
  ),
  sameSite: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(undefined, 'lax', 'strict', 'none') },
    fc.string({ maxLength: 10 }),
  ),
  secure: fc.constantFrom(undefined, true, false),
  partitioned: fc.constantFrom(undefined, true, false),
}) as fc.Arbitrary<CookieOptions>

/** `undefined` where the options are refused, which only an `InvalidOptionError` may do. */
function makeOrRefuse(options: CookieOptions) {
  try {
    return makeCookie(options)
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError)
    return undefined
  }
}

describe('a cookie that is sent', () => {
  it('CK-2, CK-3, CK-4: is by default __Host-, Secure, HttpOnly, SameSite=Lax, and lasts until the browser closes', () => {
    const cookie = makeCookie()
    expect(cookie.name).toBe('__Host-session')
    expect(cookie.secure).toBe(true)
    expect(cookie.set('v')).toBe('__Host-session=v; Path=/; HttpOnly; Secure; SameSite=Lax')
  })

  it.each([
    [{ domain: 'example.org' }, '__Secure-session=v; Domain=example.org; Path=/; HttpOnly; Secure; SameSite=Lax'],
    [{ path: '/shop' }, '__Secure-session=v; Path=/shop; HttpOnly; Secure; SameSite=Lax'],
    [{ secure: false }, 'session=v; Path=/; HttpOnly; SameSite=Lax'],
    [{ secure: false, path: '/a' }, 'session=v; Path=/a; HttpOnly; SameSite=Lax'],
    [{ sameSite: 'strict' }, '__Host-session=v; Path=/; HttpOnly; Secure; SameSite=Strict'],
    [{ sameSite: 'none', partitioned: true }, '__Host-session=v; Path=/; HttpOnly; Secure; SameSite=None; Partitioned'],
    [{ name: '__Host-app' }, '__Host-app=v; Path=/; HttpOnly; Secure; SameSite=Lax'],
    [{ name: '__Secure-app', path: '/a' }, '__Secure-app=v; Path=/a; HttpOnly; Secure; SameSite=Lax'],
    [{ name: 'app' }, 'app=v; Path=/; HttpOnly; Secure; SameSite=Lax'],
  ] as [CookieOptions, string][])('with %j has these attributes', (options, expected) => {
    expect(makeCookie(options).set('v')).toBe(expected)
  })

  it('CK-8: has a Max-Age only when it is to outlive the browser', () => {
    expect(makeCookie().set('v')).not.toContain('Max-Age')
    expect(makeCookie().set('v', 60)).toBe('__Host-session=v; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax')
    expect(makeCookie().set('v', 0)).toContain('; Max-Age=0;')
  })

  it('CK-6, CK-10: matches the grammar of RFC 6265bis, or its options are refused', () => {
    const values = fc.constantFrom('', 'A'.repeat(55))
    let made = 0
    fc.assert(
      fc.property(anyOptions, values, optional(fc.nat()), (options, value, maxAge) => {
        const cookie = makeOrRefuse(options)
        if (cookie === undefined) return
        made++
        expect(cookie.set(value, maxAge)).toMatch(setCookieGrammar)
        expect(cookie.clear()).toMatch(setCookieGrammar)
        expect(cookie.set(value, maxAge)).toContain('; HttpOnly')
      }),
      { numRuns: 1_000 },
    )
    expect(made).toBeGreaterThan(100)
  })

  it('CK-9: is deleted by exactly the attributes that it was set with', () => {
    let made = 0
    fc.assert(
      fc.property(anyOptions, optional(fc.nat()), (options, maxAge) => {
        const cookie = makeOrRefuse(options)
        if (cookie === undefined) return
        made++
        expect(identityOf(cookie.clear())).toEqual(identityOf(cookie.set('v', maxAge)))
        expect(cookie.clear().startsWith(`${cookie.name}=; Max-Age=0;`)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
    expect(made).toBeGreaterThan(100)
  })

  it('CK-7: is far below what browsers and proxies take, at its longest', () => {
    const label = 'a'.repeat(60)
    const cookie = makeCookie({
      name: 'n'.repeat(64),
      domain: [label, label, label, label].join('.'),
      path: `/${'p'.repeat(255)}`,
      sameSite: 'none',
      partitioned: true,
    })
    expect(cookie.set('A'.repeat(55), 400 * 86_400).length).toBeLessThan(1_024)
    expect(makeCookie().set('A'.repeat(55)).length).toBeLessThan(160)
  })
})

describe('options of the cookie', () => {
  const refused = (options: Record<string, unknown>): string | undefined => {
    try {
      makeCookie(options)
      return undefined
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidOptionError)
      return (error as InvalidOptionError).option
    }
  }

  it.each([
    { name: '__Host-app', domain: 'example.org' },
    { name: '__Host-app', path: '/app' },
    { name: '__Host-app', secure: false },
    { name: '__Secure-app', secure: false },
    ...[
      '__host-app',
      '__HOST-app',
      '__secure-app',
      '__Http-app',
      '__http-app',
      '__Host-Http-app',
      '__host-http-app',
    ].map((spelling) => ({ name: spelling })),
  ])('CK-2: %j is a prefix that browsers would refuse', (options) => {
    expect(refused(options)).toBe('cookie.name')
  })

  it.each([
    '',
    ' ',
    'a b',
    'a=b',
    'a;b',
    'a,b',
    'a"b',
    'a\tb',
    'a\nb',
    'a\0b',
    'é',
    '\u{1f36a}',
    'n'.repeat(65),
    'a\n',
    1,
    {},
  ])('CK-6: %j cannot be the name', (value) => {
    expect(refused({ name: value })).toBe('cookie.name')
  })

  it.each([
    '',
    '.',
    '.example.org',
    'example.org.',
    'a..b',
    '-a.org',
    'a-.org',
    'a b',
    'a;b',
    'a_b',
    'ä.org',
    'a\n',
    'a:80',
    'a.'.repeat(127),
    'a'.repeat(254),
  ])('CK-6: %j cannot be the domain', (value) => {
    expect(refused({ domain: value })).toBe('cookie.domain')
  })

  it.each([[null], [1], [true], [['example.org']]])('CK-6: %j, which is not text, cannot be the domain', (value) => {
    expect(refused({ domain: value })).toBe('cookie.domain')
  })

  it.each([
    '',
    'a',
    'a/',
    ' /',
    '/a b',
    '/a;b',
    '/a; Domain=evil.org',
    '/a\n',
    '/a\r\nSet-Cookie: b=c',
    '/\0',
    '/ä',
    '/\x7f',
    `/${'p'.repeat(256)}`,
    null,
    1,
    ['/'],
  ])('CK-6: %j cannot be the path', (value) => {
    expect(refused({ path: value })).toBe('cookie.path')
  })

  it.each([
    '',
    'Lax',
    'LAX',
    'foo',
    'lax ',
    'lax; Domain=evil.org',
    'constructor',
    'toString',
    '__proto__',
    null,
    true,
    0,
    {},
  ])('CK-4: %j cannot be sameSite', (value) => {
    expect(refused({ sameSite: value })).toBe('cookie.sameSite')
  })

  it('CK-4: sameSite none needs Secure', () => {
    expect(refused({ secure: false, sameSite: 'none' })).toBe('cookie.sameSite')
    expect(refused({ sameSite: 'none' })).toBeUndefined()
  })

  it.each(['secure', 'partitioned'])('CK-1: %s must be true or false', (option) => {
    for (const value of [null, 0, 1, '', 'false', {}]) expect(refused({ [option]: value })).toBe(`cookie.${option}`)
  })

  it('CK-3: HttpOnly cannot be switched, nor can anything else be that is not known', () => {
    expect(refused({ httpOnly: false })).toBe('cookie.httpOnly')
    expect(refused({ maxAge: 1 })).toBe('cookie.maxAge')
    expect(refused({ Secure: false })).toBe('cookie.Secure')
  })

  it('CK-5: partitioned needs Secure', () => {
    expect(refused({ secure: false, partitioned: true })).toBe('cookie.partitioned')
    expect(refused({ partitioned: true })).toBeUndefined()
  })
})

/** Text that counts how many characters are looked at, which a clock on a busy machine cannot tell. */
function counting(text: string): { header: string; work: { characters: number } } {
  const work = { characters: 0 }
  const header = {
    length: text.length,
    includes: (part: string) => ((work.characters += text.length), text.includes(part)),
    indexOf(part: string, from: number) {
      const found = text.indexOf(part, from)
      work.characters += (found < 0 ? text.length : found) - from + 1
      return found
    },
    charCodeAt: (index: number) => (work.characters++, text.charCodeAt(index)),
    slice(start: number, end: number) {
      work.characters += end - start
      return text.slice(start, end)
    },
  }
  return { header: header as unknown as string, work }
}

describe('what the cookie was set with before', () => {
  const former = (options: CookieOptions): readonly string[] => makeCookie(options).clearFormer

  it('is cleared as it was set', () => {
    expect(former({ partitioned: true, former: [{}] })).toEqual([
      '__Host-session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    ])
    expect(former({ name: 'shop', former: [{ domain: 'example.org' }, { path: '/app', partitioned: true }] })).toEqual([
      'shop=; Max-Age=0; Domain=example.org; Path=/; HttpOnly; Secure; SameSite=Lax',
      'shop=; Max-Age=0; Path=/app; HttpOnly; Secure; SameSite=Lax; Partitioned',
    ])
    expect(former({ domain: 'example.org', former: [{}, { name: 'old' }] })).toEqual([
      '__Host-session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
      'old=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    ])
    expect(former({})).toEqual([])
  })

  it.each<[CookieOptions, string]>([
    [{ former: [{}] }, 'cookie.former[0]'],
    [{ former: [{ name: 'a' }, { path: '/' }] }, 'cookie.former[1]'],
    [{ former: {} as never }, 'cookie.former'],
    [{ former: [{ secure: true } as never] }, 'cookie.former[0].secure'],
    [{ former: ['old' as never] }, 'cookie.former[0]'],
  ])('is refused where it cannot be right: %o', (options, option) => {
    expect(() => makeCookie(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }))
  })
})
