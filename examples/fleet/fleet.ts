import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A backend's message to its parent after starting: where it listens, or why it cannot. */
export type Report = { readonly port: number } | { readonly failed: string }

/** Backend processes, in round robin. */
export interface Fleet {
  /** Resolves once all backends listen; rejects with the reason of the first that cannot. */
  start(): Promise<void>
  /** The port of the next backend in turn. Waits while none is up, until the signal aborts. */
  next(signal: AbortSignal): Promise<number>
  /** Kills it with `kill -9`. A new process replaces it after 5 s. */
  stop(number: number): void
  /** Process ids, backend 1 first; `null` while one is down. */
  pids(): (number | null)[]
  /** Ends all backends and waits for them. */
  end(): Promise<void>
}

interface Place {
  readonly number: number
  child?: ChildProcess
  /** Set while the backend accepts requests. */
  port?: number | undefined
}

// Starting takes half a second, so a backend is back five seconds after it ended.
const downtimeMs = 4_500
const endWithinMs = 3_000

/** Prepares `size` backends, each a process of `program` with `environment` added to ours. */
export function createFleet(size: number, program: URL, environment: Readonly<Record<string, string>>): Fleet {
  const places: Place[] = Array.from({ length: size }, (_, index) => ({ number: index + 1 }))
  const changes = new EventEmitter().setMaxListeners(0)
  let turn = 0
  let ending = false

  async function startBackend(place: Place): Promise<void> {
    const args = [String(place.number), String(size)]
    const child = fork(fileURLToPath(program), args, { env: { ...process.env, ...environment } })
    place.child = child
    const ended = new Promise<void>((resolve) => child.once('error', () => resolve()).once('exit', () => resolve()))
    void ended.then(() => replace(place))
    const report = await Promise.race([once(child, 'message').then(([message]) => message as Report), ended])
    if (report === undefined) throw new Error(`Backend ${place.number} ended while it started.`)
    if ('failed' in report) throw new Error(report.failed)
    place.port = report.port
    changes.emit('up')
  }

  async function replace(place: Place): Promise<void> {
    place.port = undefined
    if (ending) return
    await pause(downtimeMs, undefined, { ref: false })
    if (ending) return
    await startBackend(place).then(
      () => console.log(`Backend ${place.number} is back, process ${place.child?.pid}.`),
      (error: unknown) => console.error(`Backend ${place.number}: ${(error as Error).message}`),
    )
  }

  return {
    async start() {
      await Promise.all(places.map(startBackend))
    },

    async next(signal) {
      for (;;) {
        const inTurn = places.map((_, step) => places[(turn + step) % size] as Place)
        const place = inTurn.find(({ port }) => port !== undefined)
        if (place?.port !== undefined) {
          turn = place.number
          return place.port
        }
        await once(changes, 'up', { signal })
      }
    },

    stop(number) {
      const place = places[number - 1]
      if (place?.port === undefined) return
      place.port = undefined
      place.child?.kill('SIGKILL')
      console.log(`Backend ${number} was stopped with kill -9; back in 5 seconds.`)
    },

    pids: () => places.map(({ child, port }) => (port === undefined ? null : (child?.pid ?? null))),

    async end() {
      ending = true
      const running = places.flatMap(({ child }) => (child && isRunning(child) ? [child] : []))
      await Promise.all(running.map(endBackend))
    },
  }
}

/** A backend ends itself when its channel to the parent closes, which also happens when the parent dies. */
async function endBackend(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  const impatience = setTimeout(() => child.kill('SIGKILL'), endWithinMs)
  await ended
  clearTimeout(impatience)
}

const isRunning = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null
