import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { endProcess, endWithUs, firstOf } from '../../support/processes.js'
import type { Contestant } from './contestants.js'
import { onCoreOfServers } from './cores.js'

/** A contestant in a process of its own, on the core of the servers. */
export interface ContestantProcess {
  readonly port: number
  readonly pid: number
  /** Of all its threads since it was started, as the operating system has counted it. */
  processorTimeUs(): Promise<number>
  startProfile(): Promise<void>
  stopProfile(path: string): Promise<void>
  stop(): Promise<void>
}

// Idle servers would throw away compiled code and shrink the heap, and be slower than those of a busy site when their turn comes.
const nodeFlags = ['--no-memory-reducer', '--no-flush-bytecode']

const folder = new URL('contestants/', import.meta.url)
const ours = fileURLToPath(new URL('../../..', import.meta.url))

export async function startContestant(
  { module, name, sessera = ours }: Contestant,
  redis: string,
): Promise<ContestantProcess> {
  const script = [new URL('server.mjs', folder), new URL(module, folder)].map((url) => fileURLToPath(url))
  const command = [process.execPath, ...nodeFlags, ...script, name, JSON.stringify({ redis, sessera })]
  const [program, ...rest] = onCoreOfServers(command) as [string, ...string[]]
  const child = spawn(program, rest, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  endWithUs(child)
  const { answer } = (await firstOf(child, once(child, 'message'))) as { answer: number }
  return {
    port: answer,
    pid: child.pid!,
    async processorTimeUs() {
      const { user, system } = (await ask(child, 'processorTime')) as NodeJS.CpuUsage
      return user + system
    },
    startProfile: async () => void (await ask(child, 'startProfile')),
    stopProfile: async (path) => void (await ask(child, 'stopProfile', path)),
    stop: () => endProcess(child),
  }
}

async function ask(child: ChildProcess, question: string, argument?: string): Promise<unknown> {
  child.send({ question, argument })
  const [{ answer }] = (await once(child, 'message')) as [{ answer?: unknown }]
  return answer
}
