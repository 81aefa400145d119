import type { ReplaceResult } from '../../store.js'
import type { RedisCommands } from './commands.js'
import { isServerError } from './known-errors.js'
import type { Replacement, SessionWrites } from './session-writes.js'
import { decodeValue, encodeValue, notAString } from './stored-value.js'

/**
 * The writes by `SET` with `IFEQ`, for servers that run no scripts. `IFEQ` compares the whole value, so it is read first: a value is stored
 * only once, because each has its own version. With `GET`, the reply is the value that was there before.
 */
export function nativeWrites({ vouched, unexpectedReply }: RedisCommands): SessionWrites {
  /** The value that was there: `null` if there was none, and `undefined` if it is no string. */
  async function valueFrom(key: string, command: 'GET' | 'SET', parameters: readonly string[] = []) {
    try {
      const reply = await vouched(key, [command, key, ...parameters])
      if (reply === null || typeof reply === 'string') return reply
    } catch (error) {
      if (isServerError(error, 'wrongType')) return undefined
      throw error
    }
    throw unexpectedReply(command, key)
  }

  /** Runs `SET` with these parameters if the version is `expected`. Says what was there, and whether it was that. */
  async function setOver(key: string, expected: string, value: string, expiry: readonly [option: string, ms: string]) {
    const current = await valueFrom(key, 'GET')
    if (!current || expected === '' || decodeValue(current).version !== expected) return { was: current, isSet: false }
    const was = await valueFrom(key, 'SET', [value, 'IFEQ', current, 'GET', ...expiry])
    return { was, isSet: was === current }
  }

  async function replace(key: string, { expected, version, text, expiry }: Replacement): Promise<ReplaceResult> {
    const value = encodeValue(version, text)
    const { was, isSet } = await setOver(key, expected, value, ['PX', expiry])
    // A client re-sends a call whose reply was lost. The second arrival then finds its own value.
    if (isSet || was === value) return { status: 'replaced', version }
    if (was === null) return { status: 'gone' }
    return { status: 'changed', current: was === undefined ? notAString : decodeValue(was) }
  }

  return {
    replace,
    renew: replace,
    async remove(key, expected) {
      if (expected === undefined) {
        const count = Number(await vouched(key, ['DEL', key]))
        if (count !== 0 && count !== 1) throw unexpectedReply('DEL', key)
        return count === 1 ? 'removed' : 'gone'
      }
      // With an expiry in the past the key is gone for every reader, in the same step and on every server that knows `IFEQ`.
      const { was, isSet } = await setOver(key, expected, '', ['PXAT', '1'])
      if (isSet) return 'removed'
      return was === null ? 'gone' : 'changed'
    },
  }
}
