import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import type { Sessions } from 'sessera'
import type { Report } from './fleet.js'
import { reason } from './open-store.js'

/** What a backend closes before it ends. */
export interface Closing {
  readonly sessions: Sessions
  readonly closeStore: () => Promise<unknown>
  /** Ends the connections that are WebSockets, which the server would wait for. */
  readonly endSockets?: () => void
}

/** Tells the parent where a server listens, and ends this process in good order when the parent disconnects or dies. */
export async function runBackend(server: Server, { sessions, closeStore, endSockets }: Closing): Promise<void> {
  if (!server.listening) await once(server, 'listening')

  const end = async (): Promise<void> => {
    server.close()
    endSockets?.()
    await once(server, 'close')
    await sessions.close()
    await closeStore()
    process.exit()
  }
  process.once('disconnect', () => void end())
  process.once('SIGTERM', () => void end())
  process.on('SIGINT', () => {}) // Ctrl-C reaches every process of the terminal; the parent decides
  if (!process.connected) await end()
  report({ port: (server.address() as AddressInfo).port })
}

/** Tells the parent why this backend cannot start, and ends the process. */
export function reportFailure(error: unknown): void {
  report({ failed: reason(error) }, () => process.exit(1))
}

// The callback also swallows the error when the parent is gone; this process then ends by itself.
const report = (message: Report, then = (): void => {}): boolean | undefined =>
  process.send?.(message, undefined, undefined, then)
