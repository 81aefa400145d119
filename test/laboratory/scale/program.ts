import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { endProcess, endWithUs, firstOf, showErrors } from '../../support/processes.js'
import { onCore, coreOfBackends } from './cores.js'

/** One of programs/ in a process of its own. They run what was built, without a compiler in between. */
export interface Program {
  /** What it said first. */
  readonly first: unknown
  ask<Answer>(question: string, argument?: unknown): Promise<Answer>
  stop(): Promise<void>
}

// An idle process would throw compiled code away, and look slower when its turn comes.
const flags = ['--expose-gc', '--no-memory-reducer', '--no-flush-bytecode', '--no-warnings']

export async function startProgram(name: string, ...values: readonly string[]): Promise<Program> {
  const script = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url))
  const [program, ...rest] = onCore(coreOfBackends, [process.execPath, ...flags, script, ...values]) as [string]
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env })
  endWithUs(child)
  showErrors(child)
  const { answer: first } = (await firstOf(child, once(child, 'message'))) as { answer: unknown }
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${script} ended.`)
  })
  ended.catch(() => {}) // later it may end
  return {
    first,
    async ask<Answer>(question: string, argument?: unknown) {
      const answered = once(child, 'message') as Promise<[{ answer: Answer }]>
      child.send({ question, argument })
      const [{ answer }] = await Promise.race([answered, ended])
      return answer
    },
    stop: () => endProcess(child),
  }
}
