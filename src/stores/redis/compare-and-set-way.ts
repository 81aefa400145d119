import { StoreFullError, StoreRefusedError } from '../../errors.js'
import { newVersion } from '../../store.js'
import type { Send } from './client.js'
import { isServerError } from './known-errors.js'
import { echoScript } from './reply-guard.js'
import { evalScript } from './script.js'
import { isScriptRefusal, warnOfScriptRefusal } from './script-permission.js'

/** How a value is compared and replaced in one step: by scripts, or by `SET` with its condition `IFEQ`. */
export type CompareAndSetWay = 'scripts' | 'commands'

/** The way that the server allows. */
export interface ChosenWay {
  /**
   * Rejects with `StoreRefusedError` if there is none, and with `StoreFullError` if that cannot be found out. Await it before storing what
   * could never be changed or ended.
   */
  ensure(key: string): Promise<void>
  /** Whether `ensure` would resolve at once. */
  readonly isKnown: boolean
  /** Runs `use` with the way; once more with the other one, if the server refuses that. */
  run<Result>(key: string, use: (way: CompareAndSetWay) => Promise<Result>): Promise<Result>
}

const others = { scripts: 'commands', commands: 'scripts' } as const

/** Asks the server, before the first session is stored, whether it allows the way `preferred`, and else the other one. Until then: scripts. */
export function chooseWay(send: Send, preferred: CompareAndSetWay): ChosenWay {
  let way: CompareAndSetWay = 'scripts'
  let isKnown = false

  /** Whether the server knows `IFEQ`. Nobody has stored this value, so nothing is changed. */
  async function comparesValues(key: string): Promise<boolean> {
    try {
      return (await send(key, ['SET', key, '', 'IFEQ', newVersion(), 'PX', '1'])) === null
    } catch (error) {
      if (isServerError(error, 'wrongType')) return true
      throw error
    }
  }

  /** Why the server refuses a way, if it does. */
  async function refusalOf(candidate: CompareAndSetWay, key: string): Promise<unknown> {
    try {
      if (candidate === 'scripts') await evalScript(send, echoScript, key, [''])
      else if (await comparesValues(key)) await send(key, ['ECHO', ''])
      else return new StoreRefusedError('Redis stores values without comparing them.')
      return undefined
    } catch (error) {
      if (isRefusal(candidate, error)) return error
      throw error
    }
  }

  /** Chooses the other way than `refused`. */
  async function leave(refused: CompareAndSetWay, refusal: unknown, key: string): Promise<void> {
    const other = others[refused]
    isKnown = false
    const otherRefusal = await refusalOf(other, key)
    if (otherRefusal !== undefined) {
      warnOfScriptRefusal()
      throw refused === 'scripts' ? refusal : otherRefusal
    }
    way = other
    isKnown = true
  }

  return {
    get isKnown() {
      return isKnown
    },
    async ensure(key) {
      if (isKnown) return
      const refusal = await refusalOf(preferred, key)
      if (refusal !== undefined) return leave(preferred, refusal, key)
      way = preferred
      isKnown = true
    },
    run(key, use) {
      const tried = way
      return use(tried).catch(async (error: unknown) => {
        if (!isRefusal(tried, error)) throw error
        if (way !== tried) return use(way)
        await leave(tried, error, key).catch((reason: unknown) => {
          // A full server does not say what it knows. The other way may still end a session.
          if (!(reason instanceof StoreFullError)) throw reason
        })
        return use(others[tried])
      })
    },
  }
}

/** Whether the server does not know the commands of a way or their options, or the user may not run them. */
function isRefusal(way: CompareAndSetWay, error: unknown): boolean {
  if (way === 'scripts') return isScriptRefusal(error)
  return isServerError(error, 'syntax') || isServerError((error as Error | undefined)?.cause, 'forbidden')
}
