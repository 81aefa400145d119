import type { RemoveResult, ReplaceResult } from '../../store.js'
import type { RedisCommands } from './commands.js'
import type { Script } from './script.js'
import { newVersion } from '../../store.js'
import { removeScript, renewScript, replaceScript } from './session-scripts.js'
import type { SessionWrites } from './session-writes.js'
import { decodeValue, encodeValue, headOf, notAString } from './stored-value.js'

/** The writes by scripts, each in one round trip. */
export function scriptedWrites({ runScript, unexpectedReply }: RedisCommands): SessionWrites {
  function replaceWith(script: Script): SessionWrites['replace'] {
    return (key, { expected, version, text, expiry }) => {
      const parameters = [headOf(expected), encodeValue(version, text), expiry]
      return runScript(script, key, version, parameters).then(([status, value]): ReplaceResult => {
        switch (String(status)) {
          case '0':
            return { status: 'gone' }
          case '1':
            return { status: 'replaced', version }
          case '2':
            return { status: 'changed', current: typeof value === 'string' ? decodeValue(value) : notAString }
          default:
            throw unexpectedReply('a script', key)
        }
      })
    }
  }

  return {
    replace: replaceWith(replaceScript),
    renew: replaceWith(renewScript),
    async remove(key, expected) {
      const nonce = newVersion()
      const parameters = expected === undefined ? [nonce] : [nonce, headOf(expected)]
      const [status] = await runScript(removeScript, key, nonce, parameters)
      const result = removeResults.get(String(status))
      if (result === undefined) throw unexpectedReply('a script', key)
      return result
    },
  }
}

const removeResults: ReadonlyMap<string, RemoveResult> = new Map([
  ['0', 'gone'],
  ['1', 'removed'],
  ['2', 'changed'],
])
