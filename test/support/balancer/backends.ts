import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { endProcess, endWithUs, findLastingPort, firstOf, showErrors } from '../processes.js'
import { compileProgram } from '../compile-program.js'

/** What a backend runs, and what it is told after its name and its port. */
export interface Program {
  readonly url: URL
  readonly args: readonly string[]
}

/** What a backend tells the test. */
export type Report = { readonly listening: true } | { readonly reached: string }

/** What the test tells a backend: to open a gate. */
export interface Order {
  readonly open: string
}

/** The backends, processes of their own, with the names 1 to 3. */
export interface Backends {
  readonly ports: readonly number[]
  /** Resolves when a request stands at the gate, with the name of its backend. */
  reached(gate: string): Promise<number>
  /** Lets go whoever stands at the gate. */
  open(gate: string): void
  /** `kill -9`, and waits until the process is gone. */
  kill(name: number): Promise<void>
  /** SIGTERM, and waits until the process has ended by itself. */
  end(name: number): Promise<void>
  /** Starts it again, on the same port, and with the program that it had unless there is a new one. */
  start(name: number, program?: Program): Promise<void>
  stop(): Promise<void>
}

export async function startBackends(first: Program, count = 3): Promise<Backends> {
  const ports: number[] = []
  while (ports.length < count) ports.push(await findLastingPort())
  const programs = ports.map(() => first)
  const children: ChildProcess[] = []
  const arrivals = new Map<string, number>()
  const waiting = new Map<string, (name: number) => void>()

  function hear(name: number, message: Report): void {
    if (!('reached' in message)) return
    arrivals.set(message.reached, name)
    waiting.get(message.reached)?.(name)
  }

  async function start(name: number, program = programs[name - 1]!): Promise<void> {
    programs[name - 1] = program
    const child = fork(await compileProgram(program.url), [String(name), String(ports[name - 1]), ...program.args], {
      // Their clients are as applications make them that have read nothing about it.
      execArgv: ['--disable-warning=SESSERA_REDIS_CLIENT'],
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    })
    endWithUs(child)
    children[name - 1] = child
    child.on('message', (message: Report) => hear(name, message))
    showErrors(child)
    await firstOf(child, once(child, 'message'))
  }

  const childOf = (name: number): ChildProcess => children[name - 1]!
  await Promise.all(ports.map((_, index) => start(index + 1)))
  return {
    ports,
    start,
    reached: async (gate) => arrivals.get(gate) ?? new Promise((resolve) => waiting.set(gate, resolve)),
    open: (gate) => children.forEach((child) => child.send({ open: gate } satisfies Order)),
    kill: (name) => endProcess(childOf(name), 'SIGKILL'),
    end: (name) => endProcess(childOf(name)),
    async stop() {
      await Promise.all(children.map((child) => endProcess(child, 'SIGKILL')))
    },
  }
}
