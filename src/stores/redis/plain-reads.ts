import { RecordMismatchError } from '../../errors.js'
import type { RedisCommands } from './commands.js'
import { ownError, type Read } from './gathered-reads.js'
import { isServerError } from './known-errors.js'

// So that other commands of this connection never wait long for one reply.
const keysPerCommand = 64

interface PlainReadsOptions {
  readonly commands: Pick<RedisCommands, 'send' | 'checkConnection' | 'unexpectedReply'>
  readonly isCluster: boolean
  /** What becomes of the reads whose `MGET` is refused. */
  readonly whenRefused?: 'read-alone' | 'reject'
}

/** Sends the commands for these reads at once, and settles them later. */
type ReadTogether = (reads: readonly Read[]) => void

/**
 * Reads keys with `GET`, and several of one server with one `MGET`. There a key that does not hold a string counts as missing; `GET`
 * rejects with the server's error. Uses `GET` alone from when the user was refused `MGET`.
 */
export function plainReads({ commands, isCluster, whenRefused = 'read-alone' }: PlainReadsOptions): ReadTogether {
  const { send, checkConnection, unexpectedReply } = commands
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
        if (isForbidden(error)) canReadMany = false
        if (isForbidden(error) && whenRefused === 'read-alone') for (const read of reads) readOne(read)
        else for (const [index, { reject }] of reads.entries()) reject(index === 0 ? error : ownError(error))
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
