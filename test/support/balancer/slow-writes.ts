import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { listen } from '../listen.js'

/** A way to Redis on which writes can take longer. */
export interface SlowWrites {
  readonly url: string
  /** How long a chunk with a write waits, and so what follows on its connection. */
  delayMs: number
  stop(): Promise<void>
}

// As the commands stand in the Redis protocol. Reads are not delayed: they must be able to overtake a write.
const writes = /\r\n(?:SET|EVAL|EVALSHA)\r\n/i

export async function startSlowWrites(redisPort: number): Promise<SlowWrites> {
  const sockets = new Set<Socket>()
  const server = createServer((incoming) => {
    const outgoing = connect(redisPort, '127.0.0.1')
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(one.setNoDelay())
      one.on('error', () => {}) // told by 'close'
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
    outgoing.pipe(incoming)
    let ready: Promise<unknown> = Promise.resolve()
    incoming.on('data', (chunk: Buffer) => {
      if (slow.delayMs > 0 && writes.test(chunk.toString('latin1'))) ready = ready.then(() => pause(slow.delayMs))
      ready = ready.then(() => outgoing.write(chunk))
    })
  })
  const { port } = await listen(server)

  const slow: SlowWrites = {
    url: `redis://127.0.0.1:${port}`,
    delayMs: 0,
    async stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
  return slow
}
