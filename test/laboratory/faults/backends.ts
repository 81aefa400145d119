import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { compileProgram } from '../../support/compile-program.js'
import { endProcess, endWithUs, findLastingPort, firstOf, showErrors } from '../../support/processes.js'
import type { ClientName } from './clients.js'
import type { Side } from './api.js'
import { type Health, nobodysHealth } from './health.js'

/** What a backend is told when it starts. */
export interface Setup {
  readonly side: Side
  readonly clientName: ClientName
  readonly redisPort: number
  readonly port: number
  /** By how much its clock is wrong. */
  readonly clockAheadMs: number
}

/** Asks how a backend is. `anew`: what is counted from some time on is counted from now on. */
export interface Question {
  readonly anew: boolean
}

/** What a backend tells. */
export type Message = { readonly listening: true } | { readonly health: Health }

/** A backend that can be killed and started again, on the same port. */
export interface Backend {
  readonly port: number
  /** How often it ended without being told to. */
  readonly crashes: number
  health(anew?: boolean): Promise<Health>
  /** `kill -9`. */
  kill(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

const answersWithinMs = 10_000

const program = await compileProgram(new URL('backend.ts', import.meta.url))

export async function startBackend(wanted: Omit<Setup, 'port'>): Promise<Backend> {
  const port = await findLastingPort()
  let child = await launch({ ...wanted, port })
  let crashes = 0
  let isWanted = true
  const watch = (): void => void child.once('exit', () => isWanted && crashes++)
  watch()

  async function end(): Promise<void> {
    isWanted = false
    await endProcess(child, 'SIGKILL')
  }

  return {
    port,
    get crashes() {
      return crashes
    },
    async health(anew = false) {
      if (!child.connected) return nobodysHealth
      // Rejects when it has nothing to say any more: a backend that hangs, or has just ended, must not stop everything.
      const answered = once(child, 'message', { signal: AbortSignal.timeout(answersWithinMs) })
      child.send({ anew } satisfies Question)
      const [message] = (await answered) as [Message]
      if ('health' in message) return message.health
      throw new Error('A backend answered something else than its health.')
    },
    kill: end,
    async restart() {
      await end()
      child = await launch({ ...wanted, port })
      isWanted = true
      watch()
    },
    stop: end,
  }
}

async function launch(setup: Setup): Promise<ChildProcess> {
  const child = fork(program, [JSON.stringify(setup)], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  endWithUs(child)
  showErrors(child)
  await firstOf(child, once(child, 'message'))
  return child
}
