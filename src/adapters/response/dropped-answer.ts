import { nextTick } from '../../engine/timers.js'
import type { Method, Target, Verb } from './patch.js'
import { headerMethods } from './head.js'
import { droppedAnswerError, endedError } from './errors.js'

/** What a call gives back that is not carried out. */
export function answerOf(response: Target, verb: Verb): unknown {
  if (verb === 'write') return false
  return verb === 'flushHeaders' ? undefined : response
}

/** Does nothing but tell the callback why. */
export function refuse(response: Target, verb: Verb, values: readonly unknown[], error: unknown): unknown {
  const callback = values.findLast((value) => typeof value === 'function') as Method | undefined
  if (callback !== undefined) nextTick(callback, error)
  return answerOf(response, verb)
}

/** For what comes after the end: where Node would emit an error that ends the process, only who listens is told. */
export function refuseLate(response: Target, verb: Verb, values: readonly unknown[]): unknown {
  const error = endedError()
  const hasListeners = (): boolean => (response.rawListeners?.('error') ?? []).length > 0
  if (verb === 'write') nextTick(() => hasListeners() && response.emit?.('error', error))
  return refuse(response, verb, values, error)
}

/**
 * Once another answer was given on behalf of a handler, whatever it does is harmless: late headers, a late status, a late end.
 */
export function silence(response: Target, error: unknown): void {
  const methods = response as unknown as Record<string, unknown>
  for (const name of headerMethods) if (name in response) methods[name] = () => response
  for (const verb of ['writeHead', 'flushHeaders', 'write', 'end'] as const) {
    if (verb in response) methods[verb] = (...values: unknown[]) => refuse(response, verb, values, error)
  }
}

/**
 * A timer or a stream of the failed handler may go on for a while. Once the answer that was given instead is complete, it can
 * disturb nothing; before that its calls cannot be told from those of an error handler that takes its time. `put` completes the
 * head, for hosts whose methods do not ask for one.
 */
export function guardLateCalls(
  response: Target,
  { write, end }: Readonly<Record<Verb, Method>>,
  error: unknown,
  isAwaited: boolean,
  put: () => void,
): void {
  const streams = new DroppedStreams(response, isAwaited, error)
  let state: 'open' | 'ending' | 'ended' = 'open'
  const isOver = (): boolean => state === 'ended' || (state === 'open' && isEnded(response))
  if (typeof write === 'function') {
    response.write = (...values) => {
      if (isOver()) return refuse(response, 'write', values, error)
      put()
      return write.apply(response, values)
    }
  }
  response.end = (...values) => {
    if (isOver()) return refuse(response, 'end', values, error)
    put()
    state = 'ending'
    try {
      const answer = end.apply(response, values)
      state = 'ended'
      streams.tell()
      return answer
    } finally {
      if (state === 'ending') state = 'open' // Node has refused it
    }
  }
}

function isEnded({ writableEnded, destroyed }: Target): boolean {
  return writableEnded === true || destroyed === true
}

/**
 * Those who were waiting for room in an answer that was dropped, as `pipeline` does. There will be no room; they must hear of it
 * before they take the end of the other answer for their own.
 */
class DroppedStreams {
  readonly #response: Target
  readonly #listeners: readonly unknown[]
  readonly #error: Error

  constructor(response: Target, isWaiting: boolean, cause: unknown) {
    this.#response = response
    this.#listeners = (isWaiting && response.rawListeners?.('error')) || []
    this.#error = droppedAnswerError(cause)
    if (this.#listeners.length > 0) this.#keepAlive()
  }

  /** What a stream does when it hears of an error, it destroys what it writes to; but another answer is given there. */
  #keepAlive(): void {
    const response = this.#response
    const { destroy } = response
    response.destroy = (...values) =>
      values[0] === this.#error ? response : Reflect.apply(destroy as Method, response, values)
  }

  tell(): void {
    const still = this.#listeners.length > 0 ? this.#response.rawListeners?.('error') : []
    for (const listener of this.#listeners) {
      if (!still?.includes(listener)) continue
      try {
        Reflect.apply(listener as Method, this.#response, [this.#error])
      } catch {
        // `pipe` throws what nobody else listens for.
      }
    }
  }
}
