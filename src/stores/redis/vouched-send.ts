import { RecordMismatchError } from '../../errors.js'
import { newVersion } from '../../store.js'
import { clientKind } from './client-kind.js'
import type { Send } from './client.js'
import { echoThrough } from './echo.js'

/**
 * Wraps `send` for commands whose replies do not say what they answer, such as `OK`. An `ECHO` of a fresh word follows each of them on the
 * same connection, and the reply counts only if the word comes back.
 *
 * Replies arrive in the order of their commands. So a reply that was lost or doubled earlier, and still goes unnoticed, also gives `ECHO` the
 * reply to another command, and no other reply is this word. Then the promise rejects with `RecordMismatchError`, and the client is made
 * to reconnect. (A pool of node-redis may use two connections; there the word shows only that one of them is in order.)
 */
export function vouchedSend(client: object, send: Send, reconnect: (key: string) => void): Send {
  const echo = echoThrough(client, send)
  const isAtOnce = vouchesAtOnce(client)
  return async (key, command) => {
    const word = newVersion()
    const replying = settle(send(key, command))
    const echoing = settle(isAtOnce ? echo(key, word) : replying.then(() => echo(key, word)))
    const [reply, echoed] = await Promise.all([replying, echoing])
    if (echoed.status === 'fulfilled' && String(echoed.value) !== word) {
      reconnect(key)
      throw new RecordMismatchError()
    }
    if (reply.status === 'rejected') throw reply.reason
    if (echoed.status === 'rejected') throw echoed.reason
    return reply.value
  }
}

/**
 * Whether the client sends the commands of one tick in their order, so that a vouched command is one round trip. Of the others, `ECHO` must
 * wait for the reply: glide mixes the order up, and a Cluster may look up the connection first.
 */
export function vouchesAtOnce(client: object): boolean {
  const kind = clientKind(client)
  return kind === 'node-redis' || kind === 'ioredis'
}

async function settle(promise: Promise<unknown>): Promise<PromiseSettledResult<unknown>> {
  const [result] = await Promise.allSettled([promise])
  return result
}
