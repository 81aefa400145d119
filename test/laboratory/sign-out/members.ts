import { fork } from 'node:child_process'
import { once } from 'node:events'
import { endProcess, endWithUs, firstOf, showErrors } from '../../support/processes.js'
import type { Answer, Notice, Order, Orders } from './orders.js'
import { compileProgram } from '../../support/compile-program.js'

/** A backend, a process of its own. */
export interface Member {
  ask<Name extends keyof Orders>(name: Name, given: Orders[Name][0]): Promise<Orders[Name][1]>
  /** Resolves when it has stopped where it was told to. */
  readonly stopped: Promise<void>
  /** `kill -9`, and waits until the process is gone. */
  kill(): Promise<void>
}

const program = await compileProgram(new URL('member.ts', import.meta.url))

/** `onOpened` is told whose request to sign in has been opened, in a race. */
export async function startMember(onOpened: (user: string) => void = () => {}): Promise<Member> {
  const child = fork(program, [], {
    execArgv: ['--disable-warning=SESSERA_REDIS_CLIENT', '--disable-warning=ExperimentalWarning'],
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    serialization: 'advanced', // keeps `undefined`
  })
  endWithUs(child)
  showErrors(child)
  const waiting = new Map<number, (answer: Answer) => void>()
  await firstOf(child, once(child, 'message'))
  let stop = (): void => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  child.on('message', (message: Answer | Notice) => {
    if ('stopped' in message) return stop()
    if ('opened' in message) return onOpened(message.opened)
    waiting.get(message.id)?.(message)
    waiting.delete(message.id)
  })
  let asked = 0

  return {
    ask: (name, given) =>
      new Promise((resolve, reject) => {
        asked += 1
        waiting.set(asked, (answer) => {
          if ('error' in answer) reject(new Error(answer.error))
          else resolve(answer.value as never)
        })
        child.send({ id: asked, name, given } satisfies Order)
      }),
    stopped,
    kill: () => endProcess(child, 'SIGKILL'),
  }
}
