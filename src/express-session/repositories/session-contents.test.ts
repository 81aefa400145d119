import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { restoreCookie, type CookieData } from '../api/cookie.js'
import { Session } from '../api/session.js'
import { contentsOf, contentsOfJson, valuesOf } from './session-contents.js'
import { valuesJson } from './session-values.js'

/** The session of a record, as a request loads it. */
function load(text: string): Session {
  const data = JSON.parse(text) as { cookie: CookieData }
  return new Session({ sessionID: 'apple' }, { ...data, cookie: restoreCookie(data.cookie) })
}

const text = fc.oneof(fc.string(), fc.constantFrom('}', '{"cookie":{', '\\', '"', ',"', 'ä'))
const cookie = fc.record(
  {
    originalMaxAge: fc.option(fc.nat()),
    expires: fc.option(fc.date({ noInvalidDate: true })),
    path: text,
    domain: text,
  },
  { requiredKeys: ['path'] },
)
const name = fc.oneof(text, fc.constantFrom('user', '1', 'count', 'cookie2'))
const values = fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })

/** How others may write the same session. */
const writers: readonly ((cookie: object, values: object) => string)[] = [
  (cookie, values) => JSON.stringify({ cookie, ...values }),
  (cookie, values) => JSON.stringify({ ...values, cookie }),
  (cookie, values) => JSON.stringify({ cookie, ...values }, undefined, 1),
  (cookie, values) => JSON.stringify({ cookie, ...values }).replaceAll(/[a-z]/g, escaped),
  (cookie, values) => JSON.stringify({ cookie, save: 1, ...values, touch: { cookie } }),
]

/** Only within strings, where a letter may be written so. */
function escaped(letter: string, index: number, whole: string): string {
  const isCookieName = whole.startsWith('{"cookie":{') && index < 10
  const isInString = (whole.slice(0, index).match(/(?<!\\)(?:\\\\)*"/g)?.length ?? 0) % 2 === 1
  const isPlain = whole[index - 1] !== '\\' && !/\\u[\da-f]{0,3}$/.test(whole.slice(0, index))
  return isInString && isPlain && !isCookieName ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter
}

const change = fc.constantFrom<((session: Record<string, unknown>) => void)[]>(
  () => {},
  (session) => void (session['count'] = 1),
  (session) => void (session['cookie2'] = {}),
  (session) => void delete session[Object.keys(session).at(-1) ?? ''],
)

describe('the contents of a record', () => {
  it('are those of the session that is loaded from it, whoever wrote it', () => {
    fc.assert(
      fc.property(cookie, values, fc.constantFrom(...writers), change, (itsCookie, itsValues, write, act) => {
        const record = write(itsCookie, itsValues)
        const [session, original] = [load(record), contentsOf(load(record))]
        act(session as unknown as Record<string, unknown>)
        const now = valuesJson(session)
        expect(contentsOfJson(record).hasValues(now)).toBe(original.hasValues(now))
        expect(contentsOfJson(record).values).toBe(original.values)
        expect(contentsOfJson(record).cookie).toBe(original.cookie)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['{"cookie":{"path":"/"}}', '{}', true],
    ['{"cookie":{"path":"/"},"a":1}', '{"a":1}', true],
    ['{"cookie":{},"a":1}', '{"a":1}', true],
    ['{"cookie":{"path":"/"},"a":1}', '{}', false],
    ['{"cookie":{"path":"/"}}', '{"a":1}', false],
    ['{"cookie":{"path":"}"},"a":1}', '{"a":1}', true],
    ['{"cookie":{"path":"\\"},\\"a\\":1"}}', '{"a":1}', false],
    ['{"cookie":{"path":{"a":{}}},"b":1}', '{"b":1}', true],
    ['{"cookie":{"path":"/"},"a":1.0}', '{"a":1}', true],
    ['{"cookie":{"path":"/"},"cookie":{},"a":1}', '{"a":1}', true],
    ['{ "cookie":{"path":"/"},"a":1}', '{"a":1}', true],
  ])('%s: %s are its values: %j', (record, given, expected) => {
    expect(contentsOfJson(record).hasValues(given)).toBe(expected)
  })
})

describe('the values of a session', () => {
  it('are found changed by what is in them now', () => {
    const session: Record<string, unknown> = { cookie: {}, list: [1] }
    const before = valuesOf(session)
    expect(before.hasValues(valuesJson(session))).toBe(true)
    ;(session['list'] as number[]).push(2)
    expect(before.hasValues(valuesJson(session))).toBe(false)
  })
})
