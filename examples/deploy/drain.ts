import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/** How a backend leaves a load balancer that checks its health. */
export interface Drain {
  /** Answers the check: 200, and 503 from the moment that `finish` was called. */
  health(request: unknown, response: ServerResponse): void
  /** Resolves when the balancer sends nothing any more and every request is answered. */
  finish(): Promise<void>
}

/**
 * Watches over the end of a server. `failures` is after how many failed checks the balancer takes a backend out (`fall`
 * of HAProxy). Without any checks the server stops after `patienceMs`.
 */
export function drainOf(server: Server, { failures = 2, patienceMs = 10_000 } = {}): Drain {
  // The check after the last one that had to fail: by then the balancer has understood.
  let checksLeft = failures + 1
  let ending = false
  let takenOut = (): void => {}
  const out = new Promise<void>((resolve) => (takenOut = resolve))

  // Longer than a balancer keeps an unused connection, so that none is closed just as a request is on its way.
  server.keepAliveTimeout = 75_000

  return {
    health(_request, response) {
      response.writeHead(ending ? 503 : 200, { 'Cache-Control': 'no-store' }).end()
      if (ending && --checksLeft === 0) takenOut()
    },
    async finish() {
      ending = true
      await Promise.race([out, pause(patienceMs, undefined, { ref: false })])
      server.keepAliveTimeout = 1 // connections of the last requests end with them
      server.close()
      await once(server, 'close')
    },
  }
}
