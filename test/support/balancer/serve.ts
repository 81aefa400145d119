import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { gate, type Gate } from 'sessera/testing'
import { type Drain, drainOf } from '../../../examples/deploy/drain.js'
import type { Order, Report } from './backends.js'

/** What a backend's application has besides its library. */
export interface Place {
  readonly server: Server
  readonly drain: Drain
  /** Holds a request until the test lets it go on. */
  hold(gate: string): Promise<void>
}

/**
 * Serves an application in a process that backends.ts forked. `close` is called when it was told to end and all are answered; `closeStreams` before
 * that, once no more requests come.
 */
export async function serve(
  port: string | undefined,
  createApplication: (place: Place) => RequestListener,
  close: () => Promise<void>,
  closeStreams?: () => void,
): Promise<void> {
  const report = (message: Report): void => void process.send?.(message)
  const gates = new Map<string, Gate>()
  const gateOf = (name: string): Gate => {
    const found = gates.get(name) ?? gate()
    gates.set(name, found)
    return found
  }
  const hold = (name: string): Promise<void> => {
    report({ reached: name })
    return gateOf(name).pass()
  }

  const server = createServer((request, response) => application(request, response))
  const drain = drainOf(server)
  const application = createApplication({ server, drain, hold })

  async function end(): Promise<void> {
    await drain.finish(closeStreams)
    await close()
    process.removeAllListeners('disconnect').disconnect() // nothing else keeps the process
  }

  process.on('message', ({ open }: Order) => gateOf(open).open())
  process.once('disconnect', () => process.exit()) // the test is gone
  process.once('SIGTERM', () => void end())

  server.listen(Number(port), '127.0.0.1')
  await once(server, 'listening')
  report({ listening: true })
}
