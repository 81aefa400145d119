import { sendThrough, type RedisClient, type Send } from './client.js'
import { warnOfEviction } from './eviction-warning.js'
import { warnOfOptions } from './option-warnings.js'
import { leaveReplica, reconnector } from './reconnect.js'
import { guardReplies, type ReplyGuard } from './reply-guard.js'
import { explainErrors } from './explain-errors.js'
import { vouchedSend } from './vouched-send.js'

// Several commands in flight on a connection may notice at once that it shifts replies.
const reconnectPauseMs = 100

/** How the stores talk to Redis over the application's client: errors are explained, replies are checked. */
export interface RedisCommands extends ReplyGuard {
  /** Sends one command. */
  readonly send: Send
  /** The same for commands whose replies do not say what they answer. */
  readonly vouched: Send
  /** The same as `send`, but a command that is refused for a moment is not sent again, so that it stays in its place among others. */
  readonly sendOnce: Send
}

/**
 * Warns about client options that can hang or lose writes and, after the first reply, about a server that evicts sessions.
 *
 * @throws InvalidOptionError if `client` is not a client, or one that cannot be used.
 */
export function redisCommands(client: RedisClient, options: Parameters<typeof sendThrough>[1] = {}): RedisCommands {
  const sendRaw = sendThrough(client, options)
  warnOfOptions(client)
  const remedies = {
    'leave-replica': leaveReplica(client, sendRaw),
    // Another request may have got the reply.
    'check-connection': (key: string) => guard.checkConnection(key),
  }
  const reconnect = reconnector(client, sendRaw, reconnectPauseMs)
  const send = warnOfEviction(explainErrors(sendRaw, remedies))
  const vouched = explainErrors(vouchedSend(client, sendRaw, reconnect), remedies)
  const guard = guardReplies(send, reconnect)
  return { ...guard, send, sendOnce: explainErrors(sendRaw, remedies, true), vouched }
}
