import { setImmediate } from '../../engine/timers.js'

/** A connection that can collect what is written to it, as Node's sockets do. */
interface Connection {
  cork?(): void
  uncork?(): void
}

/**
 * For a client that writes each command to its connection at once, as ioredis does: a system call for each costs more than all the rest of a write.
 * Call the result after each command. What follows in the same turn of the event loop then leaves together when the turn ends; the first command
 * has left already, so that one that is alone never waits.
 */
export function oneWritePerTurn(connection: () => Connection | null | undefined): () => void {
  let isCollecting = false
  return () => {
    if (isCollecting) return
    const current = connection()
    if (typeof current?.cork !== 'function') return
    isCollecting = true
    current.cork()
    setImmediate(() => {
      isCollecting = false
      current.uncork?.()
    })
  }
}
