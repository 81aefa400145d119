import { connect, createServer, type Socket } from 'node:net'
import { listen } from '../../support/listen.js'

/** What went over a connection to Redis. */
export interface Traffic {
  /** The names of the commands, in order. */
  readonly commands: readonly string[]
  /** How often a client sent something: commands of one tick travel together, what waits for a reply travels later. */
  readonly roundTrips: number
  /** Both directions. */
  readonly bytes: number
}

export interface CountingLink {
  readonly port: number
  /** What came through since the last call, without any `PING`. */
  take(): Traffic
  stop(): Promise<void>
}

const [ping, pong] = ['*1\r\n$4\r\nPING\r\n', '+PONG\r\n']

/** A way to Redis on 127.0.0.1 that counts. The clients must run in this process: then a tick is over before its bytes are read here. */
export async function startCountingLink(target: number): Promise<CountingLink> {
  const sockets = new Set<Socket>()
  let counted = { commands: [] as string[], roundTrips: 0, bytes: 0 }

  function countRequest(chunk: Buffer): void {
    const all = commandsIn(chunk)
    const commands = all.filter((name) => name !== 'PING')
    counted.commands.push(...commands)
    counted.roundTrips += commands.length > 0 ? 1 : 0
    counted.bytes += chunk.length - (all.length - commands.length) * ping.length
  }

  function countReply(chunk: Buffer): void {
    const pongs = chunk.toString('latin1').split(pong).length - 1
    counted.bytes += chunk.length - pongs * pong.length
  }

  const server = createServer((client) => {
    const redis = connect(target, '127.0.0.1')
    for (const socket of [client, redis]) {
      sockets.add(socket)
      socket.setNoDelay().on('error', () => {})
      socket.on('close', () => [client, redis].forEach((end) => end.destroy()))
    }
    client.on('data', countRequest).pipe(redis)
    redis.on('data', countReply).pipe(client)
  })
  const { port, close } = await listen(server)

  return {
    port,
    take() {
      const traffic = counted
      counted = { commands: [], roundTrips: 0, bytes: 0 }
      return traffic
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await close()
    },
  }
}

/** The names of the commands that a chunk consists of. Throws if it ends within one: what tests send is short. */
function commandsIn(chunk: Buffer): readonly string[] {
  const names: string[] = []
  let at = 0
  const number = (): number => {
    const end = chunk.indexOf('\r\n', at)
    const value = Number(chunk.toString('latin1', at + 1, end))
    at = end + 2
    return value
  }
  while (at < chunk.length) {
    const parts = number()
    for (let part = 0; part < parts; part++) {
      const length = number()
      if (part === 0) names.push(chunk.toString('latin1', at, at + length).toUpperCase())
      at += length + 2
    }
  }
  if (at !== chunk.length) throw new Error('A chunk ends within a command.')
  return names
}
