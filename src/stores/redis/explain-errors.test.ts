import { inspect } from 'node:util'
import { StoreFullError, StoreRefusedError } from 'sessera'
import { describe, expect, it } from 'vitest'
import type { Send } from './client.js'
import { explainErrors } from './explain-errors.js'
import { isServerError } from './known-errors.js'

const failing = (
  ...messages: readonly string[]
): Record<'count' | 'leavings' | 'checks', () => number> & { readonly send: Send } => {
  const left = [...messages]
  let [calls, leavings, checks] = [0, 0, 0]
  const send: Send = async () => {
    calls++
    const message = left.shift()
    if (message !== undefined) throw new Error(message)
    return 'OK'
  }
  return {
    send: explainErrors(send, { 'leave-replica': () => void leavings++, 'check-connection': () => void checks++ }),
    count: () => calls,
    leavings: () => leavings,
    checks: () => checks,
  }
}

// As the server words them, and as valkey-glide rewords some.
const passing = [
  'LOADING Redis is loading the dataset in memory',
  'An error was signalled by the server: - BusyLoadingError: Redis is loading the dataset in memory',
  "READONLY You can't write against a read only replica. script: 4a2b, on @user_script:1.",
  "An error was signalled by the server: - ReadOnly: You can't write against a read only replica.",
  'MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to no.',
  'CLUSTERDOWN Hash slot not served',
  'TRYAGAIN Multiple keys request during rehashing of slot',
]
const staying = [
  'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
  'NOREPLICAS Not enough good replicas to write.',
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  'NOAUTH Authentication required.',
  "ERR The user executing the script can't run this command or subcommand script: 4a2b, on @user_script:1.",
  "NOPERM User app has no permissions to run the 'get' command",
  "An error was signalled by the server: - PermissionDenied: this user has no permissions to run the 'get' command",
  "ERR unknown command 'EVALSHA'",
  'ERR Unknown Redis command called from script script: 4a2b, on @user_script:1.',
]

describe('a refusal', () => {
  it.each(passing)(
    'that may be over soon makes it send once more, and the second reply counts: %s',
    async (message) => {
      const once = failing(message)
      expect(await once.send('sess:1', ['GET', 'sess:1'])).toBe('OK')
      const twice = failing(message, message, message)
      await expect(twice.send('sess:1', ['GET', 'sess:1'])).rejects.toMatchObject({
        code: 'STORE_REFUSED',
        cause: { message },
      })
      expect([once.count(), twice.count()]).toEqual([2, 2])
      expect(once.leavings()).toBe(/READONLY|ReadOnly/.test(message) ? 1 : 0)
    },
  )

  it.each(staying)('that will stay rejects at once: %s', async (message) => {
    const { send, count, leavings } = failing(message)
    const error = await send('sess:1', ['GET', 'sess:1']).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(StoreRefusedError)
    expect(error).toMatchObject({ answered: true, status: 503, cause: { message } })
    expect([count(), leavings()]).toEqual([1, 0])
  })

  it.each(['Command timed out', 'TimeoutError: timed out'])(
    'may have got the reply to another command, so the connection is checked: %s',
    async (message) => {
      const { send, count, checks } = failing(message)
      await expect(send('sess:1', ['GET', 'sess:1'])).rejects.toMatchObject({ reason: 'silent', cause: { message } })
      expect([count(), checks()]).toEqual([1, 1])
    },
  )

  it.each([
    "OOM command not allowed when used memory > 'maxmemory'.",
    "OOM: command not allowed when used memory > 'maxmemory'. script: bd6f, on @user_script:1.",
  ])('for lack of memory is an error of its own: %s', async (message) => {
    await expect(failing(message).send('sess:1', ['SET', 'sess:1', 'x'])).rejects.toBeInstanceOf(StoreFullError)
  })

  it.each(['NOSCRIPT No matching script.', 'WRONGTYPE Operation against a key', 'Invalid argument type'])(
    'does not include: %s stays the client’s own error',
    async (message) => {
      const error = await failing(message)
        .send('sess:1', ['GET', 'sess:1'])
        .catch((reason: unknown) => reason)
      expect(error).toMatchObject({ message })
      expect(error).not.toBeInstanceOf(StoreRefusedError)
    },
  )
})

it('knows the errors of each client by their text', () => {
  const noScript = ['NOSCRIPT No matching script.', 'An error was signalled by the server: - NoScriptError: No match']
  for (const message of noScript) expect(isServerError(new Error(message), 'noScript')).toBe(true)
  const wrongType = 'WRONGTYPE Operation against a key holding the wrong kind of value'
  for (const message of [wrongType, wrongType.replace(' ', ': ')])
    expect(isServerError(new Error(message), 'wrongType')).toBe(true)
  const forbidden = "NOPERM User app has no permissions to run the 'time' command"
  expect(isServerError(new Error(forbidden), 'forbidden')).toBe(true)
  for (const reason of ['noScript', 'wrongType', 'forbidden'] as const) {
    expect(isServerError(new Error('LOADING Redis is loading the dataset in memory'), reason)).toBe(false)
    expect(isServerError('NOSCRIPT WRONGTYPE no permissions', reason)).toBe(false)
  }
})

// As Redis 7, Redis 5 and valkey-glide put it, and as other servers might.
describe('what a server repeats of a command', () => {
  it.each([
    ["ERR unknown command 'SET', with args beginning with: 'sess:the-id' 'OOM LOADING record' ", 'STORE_REFUSED'],
    ['ERR unknown command `SET`, with args beginning with: `sess:the-id`, `a\nrecord`, ', 'STORE_REFUSED'],
    ["- ResponseError: unknown command 'SET', with args beginning with: 'sess:the-id' 'record' ", 'STORE_REFUSED'],
    ["NOPERM User app has no permissions to access the 'sess:the-id' key", 'STORE_REFUSED'],
    ["WRONGTYPE 'sess:the-id' holds a list", undefined],
  ])('is in no error: %s', async (message, code) => {
    const { send, count } = failing(message, message)
    const error = await send('sess:the-id', ['SET', 'sess:the-id', 'a record']).catch((reason: unknown) => reason)
    expect((error as { code?: string }).code).toBe(code)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/the-id|record/)
    expect(inspect(error)).toContain('explain-errors.test.ts')
    expect(count()).toBe(1)
  })

  it('is in no error of a command about several sessions', async () => {
    const { send } = failing("NOPERM User app has no permissions to access the 'sess:other-id' key, nor sess:the-id")
    const error = await send('sess:the-id', ['MGET', 'sess:the-id', 'sess:other-id']).catch((reason: unknown) => reason)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/the-id|other-id/)
  })
})
