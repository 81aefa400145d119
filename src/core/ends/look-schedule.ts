import { clearTimeout, setImmediate, setTimeout } from '../../engine/timers.js'
import type { Handle } from '../../store.js'
import type { EndTarget } from './end-listeners.js'

/** What is to be looked at. */
export interface Due {
  readonly handles: ReadonlySet<Handle>
  readonly userIds: ReadonlySet<string>
  /** Everything that somebody listens to. */
  readonly everything: boolean
}

interface Options {
  /** Resolves to whether all could be read. Never rejects. */
  look(due: Due): Promise<boolean>
  /** Whether nobody listens any more. Then there are no more looks, until the next request. */
  isIdle(): boolean
  /** Called when it has become idle. */
  idle(): void
  /** How long to wait for the next look at everything, in ms. */
  pause(): number
}

export interface LookSchedule {
  /** Asks for a look as soon as this turn of the event loop is over. What one turn asks for is looked at together. */
  request(what: EndTarget | 'everything'): void
  /** Waits for the look that is running. There will be no other. */
  stop(): Promise<void>
}

// A failed look is repeated after this.
const retryMs = 1_000

/** Runs one look at a time, and one at everything now and then. There is one timer, however many listen. */
export function lookSchedule({ look, isIdle, idle, pause }: Options): LookSchedule {
  let due: { handles: Set<Handle>; userIds: Set<string>; everything: boolean } | undefined
  let looking: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  function request(what: EndTarget | 'everything'): void {
    if (isStopped) return
    const isFirst = due === undefined
    due ??= { handles: new Set(), userIds: new Set(), everything: false }
    if (what === 'everything') due.everything = true
    else if ('handle' in what) due.handles.add(what.handle)
    else due.userIds.add(what.userId)
    if (isFirst && looking === undefined) setImmediate(run)
  }

  function run(): void {
    const now = due
    due = undefined
    if (now === undefined || isStopped) return
    looking = look(now).then((isComplete) => {
      looking = undefined
      if (!isComplete) wait(retryMs)
      else if (now.everything || timer === undefined) wait(pause())
      if (due !== undefined) setImmediate(run)
    })
  }

  /** Backends that begin at the same moment must not all look at the same moment. */
  function wait(ms: number): void {
    clearTimeout(timer)
    if (isStopped) return
    timer = setTimeout(tick, ms * (0.75 + Math.random() / 2)).unref()
  }

  function tick(): void {
    timer = undefined
    if (isIdle()) idle()
    else request('everything')
  }

  return {
    request,
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await looking
    },
  }
}
