import { describe, expect, it } from 'vitest'
import { recordEvents } from '../../../test/support/record-events.js'
import { Session } from '../api/session.js'
import { mergeSession } from './merge-session.js'
import { contentsOf } from './session-contents.js'
import { valuesJson } from './session-values.js'

const sessionWith = (values: object): Session => new Session({ sessionID: 'apple' }, values)

describe('a session that other requests changed meanwhile', () => {
  const mergeInto = (values: object, base: object, theirs: object) => {
    const session = sessionWith({ cookie: {}, ...values })
    const conflicts = recordEvents('conflict')
    mergeSession(session, contentsOf({ cookie: {}, ...base }), theirs, 'merge')
    return { values: valuesJson(session), conflicts: conflicts.flatMap(({ keys }) => keys) }
  }

  it.each([
    ['gets what they added', { a: 1 }, { a: 1 }, { a: 1, b: 2 }, { a: 1, b: 2 }],
    ['loses what they removed', { a: 1, b: 2 }, { a: 1, b: 2 }, { a: 1 }, { a: 1 }],
    ['gets what they changed', { a: 1 }, { a: 1 }, { a: 2 }, { a: 2 }],
    ['keeps what it added', { a: 1, mine: 1 }, { a: 1 }, { a: 1, theirs: 2 }, { a: 1, mine: 1, theirs: 2 }],
    ['keeps what it changed', { a: 2 }, { a: 1 }, { a: 1, b: 2 }, { a: 2, b: 2 }],
    ['stays without what it removed', {}, { a: 1 }, { a: 1, b: 2 }, { b: 2 }],
    ['has no conflict if both did the same', { a: 2 }, { a: 1 }, { a: 2 }, { a: 2 }],
  ])('%s', (_what, mine, base, theirs, expected) => {
    const { values, conflicts } = mergeInto(mine, base, { cookie: { path: '/theirs' }, ...theirs })
    expect(JSON.parse(values)).toEqual(expected)
    expect(conflicts).toEqual([])
  })

  it.each([
    ['changed', { a: 'mine' }, { a: 'base' }, { a: 'theirs' }, { a: 'mine' }],
    ['added', { a: 'mine' }, {}, { a: 'theirs' }, { a: 'mine' }],
    ['changed and they removed', { a: 'mine' }, { a: 'base' }, {}, { a: 'mine' }],
    ['removed and they changed', {}, { a: 'base' }, { a: 'theirs' }, {}],
  ])('keeps its own value of a key that it %s too, and reports the conflict', (_what, mine, base, theirs, expected) => {
    const { values, conflicts } = mergeInto(mine, base, theirs)
    expect(JSON.parse(values)).toEqual(expected)
    expect(conflicts).toEqual(['a'])
  })

  it('keeps its cookie, its id and its methods', () => {
    const session = sessionWith({ cookie: { path: '/mine' } })
    mergeSession(
      session,
      contentsOf({}),
      JSON.parse('{"cookie":{},"id":1,"save":2,"toString":3,"__proto__":{"admin":true}}') as object,
      'merge',
    )
    expect(session).toMatchObject({ id: 'apple', cookie: { path: '/mine' } })
    for (const name of ['save', 'toString'] as const)
      expect(session[name]).toBe(Reflect.get(Session.prototype, name) as unknown)
    expect(Object.getPrototypeOf(session)).toBe(Session.prototype)
    expect('admin' in session).toBe(false)
  })
})
