import { RecordMismatchError, StoreRefusedError, StoreUnavailableError } from '../../errors.js'
import type { RedisCommands } from './commands.js'
import { ownError, type Read } from './gathered-reads.js'
import { isServerError } from './known-errors.js'

// So that other commands never wait long for one.
const keysPerCommand = 128

/** How several keys are read: with `MGET`; or also with `GET` where `MGET` is refused; or only with `GET`. */
type Way = 'together' | 'together-or-one-by-one' | 'one-by-one'

interface PlainReads {
  readFirst(read: Read): void
  readRest(reads: readonly Read[]): void
}

/**
 * Reads keys: the first of a turn with `GET`, the rest with `MGET`. There a key that does not hold a string counts as missing; `GET`
 * rejects with the server's error. No two `MGET` of a turn have as many keys.
 */
export function plainReads(
  { send, checkConnection, unexpectedReply }: Pick<RedisCommands, 'send' | 'checkConnection' | 'unexpectedReply'>,
  way: Way,
): PlainReads {
  let canReadTogether = way !== 'one-by-one'

  function readAlone(read: Read): void {
    send(read.key, ['GET', read.key]).then(
      (reply) => read.resolve(reply),
      (error: unknown) => read.reject(error),
    )
  }

  function readTogether(reads: readonly Read[]): void {
    const keys = reads.map(({ key }) => key)
    const [first = ''] = keys
    send(first, ['MGET', ...keys]).then(
      (values) => {
        if (Array.isArray(values) && values.length === reads.length) {
          reads.forEach((read, index) => read.resolve(values[index]))
        } else for (const read of reads) read.reject(wrongReply(values, read.key))
      },
      (error: unknown) => {
        if (isLacking(error)) {
          canReadTogether = false
          readWithoutMget(reads)
        } else reads.forEach((read, index) => read.reject(index === 0 ? error : ownError(error)))
      },
    )
  }

  function readWithoutMget(reads: readonly Read[]): void {
    for (const read of reads) {
      if (way === 'together') read.reject(new StoreRefusedError('Redis does not run MGET for this user.'))
      else readAlone(read)
    }
  }

  /** The error for a reply that does not belong to this command. */
  function wrongReply(reply: unknown, key: string): Error {
    if (!Array.isArray(reply) && typeof reply !== 'string' && !Buffer.isBuffer(reply))
      return unexpectedReply('MGET', key)
    checkConnection(key)
    return new RecordMismatchError()
  }

  return {
    readFirst: readAlone,

    readRest(reads) {
      if (!canReadTogether) return readWithoutMget(reads)
      let left = reads
      for (let size = keysPerCommand; left.length > 0; size -= 1) {
        const count = size > 1 ? size : left.length
        readTogether(left.slice(0, count))
        left = left.slice(count)
      }
    },
  }
}

/** Whether the user may not run a command or the server does not have it, now and later. */
export function isForbidden(error: unknown): boolean {
  return isServerError((error as Error | undefined)?.cause ?? error, 'forbidden')
}

/** The same, or the server gives an error that nobody expects, such as a proxy that does not spread keys over its servers. */
function isLacking(error: unknown): boolean {
  return isForbidden(error) || !(error instanceof StoreUnavailableError)
}

/** Whether the server answered that it does not carry out a command, as opposed to not being reached. */
export function isRefused(error: unknown): boolean {
  return error instanceof StoreRefusedError || !(error instanceof StoreUnavailableError)
}
