/** Cuts the bytes that a Redis server sends, in RESP 2 or 3, into whole replies. */
export class ReplyCutter {
  #rest: Buffer = Buffer.alloc(0)

  /** The replies that are whole with these bytes; what is left waits for the next ones. */
  push(bytes: Buffer): Buffer[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const replies: Buffer[] = []
    let start = 0
    for (let end = endOfReply(all, 0); end !== undefined; end = endOfReply(all, start)) {
      replies.push(all.subarray(start, end))
      start = end
    }
    this.#rest = all.subarray(start)
    return replies
  }
}

/** Whether a reply answers no command: what a server sends by itself. */
export function isPush(reply: Buffer): boolean {
  return reply[0] === '>'.charCodeAt(0)
}

/** What a list begins with, where that is text: our scripts say there what they are about. */
export function subjectOf(reply: Buffer): string | undefined {
  return /^\*\d+\r\n\$\d+\r\n([^\r]*)\r\n/.exec(reply.toString('latin1', 0, 200))?.[1]
}

/** Whether Redis refuses. */
export function isError(reply: Buffer): boolean {
  return reply[0] === '-'.charCodeAt(0)
}

function endOfReply(bytes: Buffer, start: number): number | undefined {
  const newline = bytes.indexOf('\r\n', start)
  if (newline < 0) return undefined
  const end = newline + 2
  const type = String.fromCharCode(bytes[start]!)
  const count = Number(bytes.toString('latin1', start + 1, newline))
  switch (type) {
    case '$':
    case '=':
    case '!':
      if (count < 0) return end
      return end + count + 2 <= bytes.length ? end + count + 2 : undefined
    case '*':
    case '~':
    case '>':
      return endOfReplies(bytes, end, count)
    case '%':
      return endOfReplies(bytes, end, 2 * count)
    case '|': // attributes, which stand before the reply that they are about
      return endOfReplies(bytes, end, 2 * count + 1)
    default:
      return end
  }
}

function endOfReplies(bytes: Buffer, start: number, count: number): number | undefined {
  let end: number | undefined = start
  for (let number = 0; number < count && end !== undefined; number++) end = endOfReply(bytes, end)
  return end
}
