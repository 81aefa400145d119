import { RecordMismatchError } from '../../errors.js'
import type { RedisCommands } from './commands.js'
import { ownError, type Read } from './gathered-reads.js'
import { isServerError } from './known-errors.js'

// So that other commands of this connection never wait long for one reply.
const keysPerCommand = 64

/**
 * Reads keys with `GET`, and several of one server with one `MGET`. There a key that does not hold a string counts as missing; `GET`
 * rejects with the server's error. Uses `GET` alone if the user may not run `MGET`.
 *
 * @param send sends one command.
 */
export function plainReads(
  { send, checkConnection, unexpectedReply }: Pick<RedisCommands, 'send' | 'checkConnection' | 'unexpectedReply'>,
  isCluster: boolean,
): (reads: readonly Read[]) => void {
  let canReadMany = !isCluster

  function readOne({ key, resolve, reject }: Read): void {
    send(key, ['GET', key]).then(resolve, reject)
  }

  function readMany(reads: readonly Read[], first: string): void {
    send(first, ['MGET', ...reads.map(({ key }) => key)]).then(
      (values) => {
        if (Array.isArray(values) && values.length === reads.length) {
          for (const [index, read] of reads.entries()) read.resolve(values[index])
        } else for (const { key, reject } of reads) reject(wrongReply(values, key))
      },
      (error: unknown) => {
        if (isForbidden(error)) {
          canReadMany = false
          for (const read of reads) readOne(read)
        } else for (const [index, { reject }] of reads.entries()) reject(index === 0 ? error : ownError(error))
      },
    )
  }

  /** The error for a reply that does not belong to this command. */
  function wrongReply(reply: unknown, key: string): Error {
    if (!Array.isArray(reply) && typeof reply !== 'string') return unexpectedReply('MGET', key)
    checkConnection(key)
    return new RecordMismatchError()
  }

  return (reads) => {
    if (!canReadMany) for (const read of reads) readOne(read)
    else {
      for (let start = 0; start < reads.length; start += keysPerCommand) {
        const some = reads.slice(start, start + keysPerCommand)
        const [first] = some
        if (first === undefined) return
        if (some.length === 1) readOne(first)
        else readMany(some, first.key)
      }
    }
  }
}

/** Whether the server or the user lacks the command. */
export function isForbidden(error: unknown): boolean {
  return isServerError((error as Error | undefined)?.cause ?? error, 'forbidden')
}
