import { mayNameProto } from './data.js'
import type { Fields } from './encode-data.js'

/**
 * The fields of a data line as `encodeFields` writes it, found without parsing. For a line that can be parsed; `undefined` if it has
 * blanks, a key `__proto__` or anything else that ours have not.
 */
export function splitLine(line: string): Fields | undefined {
  const fields = new Map<string, string>()
  if (line === '{}') return fields
  if (mayNameProto(line)) return undefined // parsing removes that key, however deep it is
  let at = 0
  while (line.charCodeAt(at) === (at === 0 ? brace : comma)) {
    const keyEnd = endOfText(line, at + 1)
    if (keyEnd < 0 || line.charCodeAt(keyEnd) !== colon) return undefined
    const key = line.slice(at + 2, keyEnd - 1)
    const end = endOfValue(line, keyEnd + 1)
    if (end < 0) return undefined
    fields.set(key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key, line.slice(keyEnd + 1, end))
    at = end
  }
  return at === line.length - 1 && line.charCodeAt(at) === closingBrace ? fields : undefined
}

const [quote, comma, colon, backslash] = [0x22, 0x2c, 0x3a, 0x5c]
const [brace, closingBrace, bracket, closingBracket] = [0x7b, 0x7d, 0x5b, 0x5d]

/** Behind the text that begins here; -1 if none does. */
function endOfText(line: string, start: number): number {
  if (line.charCodeAt(start) !== quote) return -1
  for (let at = line.indexOf('"', start + 1); at >= 0; at = line.indexOf('"', at + 1)) {
    let slashes = at
    while (line.charCodeAt(slashes - 1) === backslash) slashes--
    if ((at - slashes) % 2 === 0) return at + 1
  }
  return -1
}

/** Behind the value that begins here; -1 if there is a blank in it. */
function endOfValue(line: string, start: number): number {
  let depth = 0
  for (let at = start; at < line.length;) {
    const code = line.charCodeAt(at)
    if (code === quote) {
      at = endOfText(line, at)
      if (at < 0) return -1
      continue
    }
    if (code <= 0x20) return -1
    if (depth === 0 && (code === comma || code === closingBrace)) return at
    if (code === brace || code === bracket) depth++
    else if (code === closingBrace || code === closingBracket) depth--
    at++
  }
  return -1
}
