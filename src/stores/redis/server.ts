import { warnOfClient } from './advice.js'
import { sendThrough, type RedisClient, type Send } from './client.js'
import { warnOfEviction } from './eviction.js'
import { reconnector } from './reconnect.js'
import { explainRefusals } from './refusals.js'

// A failover takes seconds, in which the replica can still be read.
const replicaPauseMs = 1000
// All that is under way on a connection may be told at once that its replies are wrong.
const slipPauseMs = 100

/** The server behind the application's client, as the stores talk to it. */
export interface Server {
  /** What the server refuses is explained. */
  readonly send: Send
  /** Ends the connection that leads to this key, with whatever is under way on it; at most once in 100 ms. */
  reconnect(key: string): void
}

/**
 * Warns of a client that can hang, and, after the first answer, of a server that evicts.
 *
 * @throws InvalidOptionError for what is no client, or one that cannot be used.
 */
export function serverOf(client: RedisClient, options: Parameters<typeof sendThrough>[1] = {}): Server {
  const sendPlainly = sendThrough(client, options)
  const sendExplained = explainRefusals(sendPlainly, reconnector(client, sendPlainly, replicaPauseMs))
  warnOfClient(client)
  let hasAnswered = false
  return {
    async send(key, command) {
      const reply = await sendExplained(key, command)
      if (!hasAnswered) {
        hasAnswered = true
        void warnOfEviction(sendPlainly, key)
      }
      return reply
    },
    reconnect: reconnector(client, sendPlainly, slipPauseMs),
  }
}
