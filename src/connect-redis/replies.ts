import { isUtf8 } from 'node:buffer'
import type { Text } from '../express-session/repositories/compare-and-set-records.js'

export function isText(reply: unknown): reply is string | Buffer {
  return typeof reply === 'string' || Buffer.isBuffer(reply)
}

/** A string, in any form that clients return; bytes if it is not valid UTF-8. */
export function asText(reply: string | Buffer): Text {
  return typeof reply === 'string' || !isUtf8(reply) ? reply : reply.toString()
}

/** A number, in any form that clients return, such as text or `true`. `NaN` for anything else. */
export function asNumber(reply: unknown): number {
  return Number(reply ?? Number.NaN)
}
