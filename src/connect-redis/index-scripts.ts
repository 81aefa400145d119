import { defineScript } from '../stores/redis/script.js'
import { refuseRevoked, timeOfServer } from '../stores/redis/user-scripts.js'

// As in stores/redis/user-scripts.ts, but the members are session ids, and the number of each is when it was entered, in ms. That is what a
// limit goes by, since a record says nothing of it. An id that begins with a dash gets another one, so that none is the mark.

/**
 * Enters a session.
 *
 * Takes the nonce, the member, the moment of opening and the caller's time in microseconds, the lifetime of the index and of a mark in ms, and
 * the limit. Replies with the nonce and `added`, `revoked` or `full`, and the number of other entries or the time of the mark.
 */
export const enterScript = defineScript(`${timeOfServer}${refuseRevoked}
local others = redis.call('ZCARD', KEYS[1])
if mark then others = others - 1 end
if redis.call('ZSCORE', KEYS[1], ARGV[2]) then others = others - 1 end
if ARGV[7] ~= '' and others >= tonumber(ARGV[7]) then return {ARGV[1], 'full', others} end
redis.call('ZADD', KEYS[1], math.floor(now / 1000), ARGV[2])
keep(ARGV[5])
return {ARGV[1], 'added', others}
`)

/** Puts an entry back if it was lost: takes the nonce, the member, the caller's time in microseconds, and the lifetime of the index in ms. */
export const keepScript = defineScript(`${timeOfServer}
redis.call('ZADD', KEYS[1], 'NX', math.floor(clock(ARGV[3]) / 1000), ARGV[2])
keep(ARGV[4])
return {ARGV[1]}
`)

export const mark = '-'

export function memberOf(id: string): string {
  return id.startsWith(mark) ? mark + id : id
}

export function idOf(member: string): string {
  return member.startsWith(mark) ? member.slice(mark.length) : member
}
