import { Connection } from './connection.js'

export interface Load {
  readonly port: number
  readonly path: string
  readonly connections: number
  readonly forMs: number
  /** Any of the sessions: its cookie, and what the answer must say. */
  pick(): { readonly cookie?: string; readonly body: string }
}

export interface Latencies {
  readonly requests: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Keeps as many requests under way as there are connections, and looks at each answer. */
export async function runLoad({ port, path, connections, forMs, pick }: Load): Promise<Latencies> {
  const latencies: number[] = []
  const opened = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)))
  const end = performance.now() + forMs
  const runs = opened.map(async (connection) => {
    for (let started = performance.now(); started < end; started = performance.now()) {
      const { cookie, body } = pick()
      const answer = await connection.ask(path, cookie)
      if (answer.status !== 200 || answer.body !== body)
        throw new Error(`${path} was answered ${answer.status} "${answer.body}" and not "${body}".`)
      latencies.push(performance.now() - started)
    }
  })
  await Promise.all(runs)
  for (const connection of opened) connection.close()
  latencies.sort((one, other) => one - other)
  const at = (share: number): number => latencies[Math.floor(share * latencies.length)]!
  return { requests: latencies.length, p50Ms: at(0.5), p99Ms: at(0.99) }
}
