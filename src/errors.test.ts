import { describe, expect, it, vi } from 'vitest'
import {
  DataNotEncodableError,
  DataReadOnlyError,
  DataTooLargeError,
  CookieNotSettableError,
  CrossSiteRequestError,
  InsecureRequestError,
  InvalidArgumentError,
  InvalidOptionError,
  RecordMismatchError,
  SesseraError,
  SessionCommittedError,
  SessionEndedError,
  StoreUnavailableError,
} from './errors.js'

const cause = new Error('why')
const family: readonly [SesseraError, string, number][] = [
  [new InvalidOptionError('cookie.name', 'is wrong', cause), 'INVALID_OPTION', 500],
  [new InvalidArgumentError('This is wrong.', { cause }), 'INVALID_ARGUMENT', 500],
  [new InsecureRequestError(), 'INSECURE_REQUEST', 500],
  [new CookieNotSettableError(), 'COOKIE_NOT_SETTABLE', 500],
  [new CrossSiteRequestError(), 'CROSS_SITE_REQUEST', 403],
  [new StoreUnavailableError('It is down.', cause), 'STORE_UNAVAILABLE', 503],
  [new RecordMismatchError(), 'RECORD_MISMATCH', 503],
  [new SessionEndedError(), 'SESSION_ENDED', 409],
  [new SessionCommittedError('signIn'), 'SESSION_COMMITTED', 500],
  [new DataNotEncodableError('data.cart[1]', 'is a Map', cause), 'DATA_NOT_ENCODABLE', 500],
  [new DataReadOnlyError('session.data.cart was changed'), 'DATA_READ_ONLY', 500],
  [new DataTooLargeError(70_000, 65_536), 'DATA_TOO_LARGE', 500],
]

describe.each(family.map(([error, code, status]) => ({ name: error.name, error, code, status })))(
  '$name',
  ({ name, error, code, status }) => {
    it('has a stable code, and the status that a framework answers with', () => {
      expect(error).toMatchObject({ code, status, statusCode: status })
    })

    it('is an Error of its own name, with a stack', () => {
      expect(error).toBeInstanceOf(Error)
      expect(error).toBeInstanceOf(SesseraError)
      expect(name).toBe(error.constructor.name)
      expect(error.stack).toContain('errors.test')
    })

    it('is not shown to visitors', () => {
      expect(error.expose).toBe(false)
    })

    it('says in one sentence what to do', () => {
      expect(error.message).toMatch(/^[^\n]+\.$/)
    })

    it('is known as one of ours', () => {
      expect(SesseraError.is(error)).toBe(true)
    })
  },
)

describe('errors', () => {
  it('keep their cause, and have none where there is none', () => {
    for (const [error] of family) {
      expect(Object.hasOwn(error, 'cause')).toBe(error.cause !== undefined)
    }
    expect(family.filter(([error]) => error.cause === cause).map(([error]) => error.code)).toEqual([
      'INVALID_OPTION',
      'INVALID_ARGUMENT',
      'STORE_UNAVAILABLE',
      'DATA_NOT_ENCODABLE',
    ])
  })

  it('name what is wrong', () => {
    expect(new InvalidOptionError('cookie.name', 'is wrong')).toMatchObject({
      option: 'cookie.name',
      message: 'Option cookie.name is wrong.',
    })
    expect(new DataNotEncodableError('data.a', 'is a Map')).toMatchObject({
      path: 'data.a',
      message: 'session.data.a is a Map; store plain JSON values only.',
    })
    expect(new SessionCommittedError('rotate').message).toContain('session.rotate()')
  })

  it('of an unavailable store ask the client to come again', () => {
    expect(new StoreUnavailableError('It is down.').headers).toEqual({ 'Retry-After': '1' })
    expect(new RecordMismatchError().headers).toEqual({ 'Retry-After': '1' })
    expect(new SessionEndedError().headers).toEqual({})
  })

  it('of another copy of the package are known too, and nothing else is', async () => {
    vi.resetModules()
    const copy = await import('./errors.js')
    const error = new copy.SessionEndedError()
    expect(error).not.toBeInstanceOf(SesseraError)
    expect(SesseraError.is(error)).toBe(true)
    for (const other of [
      undefined,
      null,
      1,
      'INVALID_OPTION',
      {},
      new Error('no'),
      { code: 'INVALID_OPTION' },
      SesseraError,
    ]) {
      expect(SesseraError.is(other)).toBe(false)
    }
  })
})
