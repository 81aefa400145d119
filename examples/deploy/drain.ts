import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/** Takes a backend out of a load balancer that checks its health. */
export interface Drain {
  /** Answers the health check: 200, and 503 once `finish` was called. */
  health(request: unknown, response: ServerResponse): void
  /**
   * Resolves when the balancer has stopped sending and every request is answered. `closeStreams` is called in between: sockets and event streams
   * must be closed, or the server waits for them.
   */
  finish(closeStreams?: () => void): Promise<void>
}

/**
 * Stops a server gracefully. `failures` is the number of failed checks after which the balancer takes a backend out (HAProxy's
 * `fall`). If no checks arrive, the server stops after `patienceMs`.
 */
export function drainOf(server: Server, { failures = 2, patienceMs = 10_000 } = {}): Drain {
  // One check more than the balancer needs: by then it has taken this backend out.
  let checksLeft = failures + 1
  let ending = false
  let takenOut = (): void => {}
  const out = new Promise<void>((resolve) => (takenOut = resolve))

  // Longer than the balancer keeps an unused connection; otherwise one may close just as a request is sent on it.
  server.keepAliveTimeout = 75_000

  return {
    health(_request, response) {
      response.writeHead(ending ? 503 : 200, { 'Cache-Control': 'no-store' }).end()
      if (ending && --checksLeft === 0) takenOut()
    },
    async finish(closeStreams) {
      ending = true
      await Promise.race([out, pause(patienceMs, undefined, { ref: false })])
      closeStreams?.()
      server.keepAliveTimeout = 1 // closes connections after their last request
      server.close()
      await once(server, 'close')
    },
  }
}
