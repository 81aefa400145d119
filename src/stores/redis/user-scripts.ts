import { allowedWhenFull, defineScript, type Script } from './script.js'
import { toleranceMicroseconds } from './user-calls.js'

// A sorted set for each user. Its members are handles, each with the second in which its session ends at the latest. The member `-` is the
// mark that a revocation leaves, with its time in microseconds, which is above every second that a session can end in.
//
// The time is the server's own; where the user may not ask for it, the caller's.
export const timeOfServer = `
local function clock(given)
  local time = redis.pcall('TIME')
  if time.err then return tonumber(given) end
  return time[1] * 1000000 + time[2]
end
local function keep(milliseconds)
  if redis.call('PTTL', KEYS[1]) < tonumber(milliseconds) then redis.call('PEXPIRE', KEYS[1], milliseconds) end
end
`

/** Refuses what was opened before the mark: by the parameters 3, 4 and 6 of the script that enters a session. */
export const refuseRevoked = `
local now = clock(ARGV[4])
local mark = redis.call('ZSCORE', KEYS[1], '-')
local isCredible = mark and tonumber(mark) <= now + ${toleranceMicroseconds}
if isCredible and tonumber(mark) >= tonumber(ARGV[3]) then return {ARGV[1], 'revoked', mark} end
if tonumber(ARGV[3]) < now - ARGV[6] * 1000 then return {ARGV[1], 'revoked', '0'} end
`

/**
 * Enters a session.
 *
 * Takes the nonce, the handle, the moment of opening and the caller's time in microseconds, the lifetime of the session and of a mark in ms,
 * the limit, and the key of the record that must exist (empty for none; not in a Cluster, where it is on another server). Replies with the nonce and
 * `added`, `revoked`, `full` or `absent`, and the number of other entries or the time of the mark.
 */
export const addScript = defineScript(`${timeOfServer}${refuseRevoked}
if ARGV[8] ~= '' and redis.call('EXISTS', ARGV[8]) == 0 then return {ARGV[1], 'absent'} end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. math.floor(now / 1000000))
local others = redis.call('ZCARD', KEYS[1])
if mark then others = others - 1 end
if redis.call('ZSCORE', KEYS[1], ARGV[2]) then others = others - 1 end
if ARGV[7] ~= '' and others >= tonumber(ARGV[7]) then return {ARGV[1], 'full', others} end
redis.call('ZADD', KEYS[1], 'GT', math.ceil(now / 1000000 + ARGV[5] / 1000), ARGV[2])
keep(ARGV[5])
return {ARGV[1], 'added', others}
`)

/**
 * Leaves the mark of a revocation.
 *
 * Takes the nonce, the caller's time in microseconds, the lifetime of the mark in ms, and how many entries a reply may have. Replies with the
 * nonce, the time of the mark, and the entries; without them if there are more.
 */
export const revokeScript = revokeWith('')

/** Lists entries: takes the nonce and how many a reply may have, and replies with the nonce and the entries; without them if there are more. */
export const entriesScript = entriesWith('')

/** The same with the number of each entry behind it. */
export const [revokeScoredScript, scoredEntriesScript] = [revokeWith(", 'WITHSCORES'"), entriesWith(", 'WITHSCORES'")]

function revokeWith(option: string): Script {
  return allowedWhenFull(
    defineScript(`${timeOfServer}
local mark = string.format('%.0f', clock(ARGV[2]))
redis.call('ZADD', KEYS[1], mark, '-')
keep(ARGV[3])
if redis.call('ZCARD', KEYS[1]) > tonumber(ARGV[4]) then return {ARGV[1], mark} end
return {ARGV[1], mark, redis.call('ZRANGE', KEYS[1], 0, -1${option})}
`),
  )
}

function entriesWith(option: string): Script {
  return defineScript(`
if redis.call('ZCARD', KEYS[1]) > tonumber(ARGV[2]) then return {ARGV[1]} end
return {ARGV[1], redis.call('ZRANGE', KEYS[1], 0, -1${option})}
`)
}

/** A page of a long list: takes the nonce, the cursor and about how many entries it should have. Replies with the nonce, the next cursor, and members and scores. */
export const pageScript = defineScript(`
local page = redis.call('ZSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3])
return {ARGV[1], page[1], page[2]}
`)

/**
 * Removes entries: takes the nonce, the lifetime of a mark in ms and the handles, and replies with the nonce and their number. A mark that is left
 * alone does not stay for as long as the sessions might have lasted.
 */
export const dropScript = defineScript(`
local dropped = 0
for index = 3, #ARGV do dropped = dropped + redis.call('ZREM', KEYS[1], ARGV[index]) end
local isAlone = redis.call('ZCARD', KEYS[1]) == 1 and redis.call('ZSCORE', KEYS[1], '-')
if isAlone and redis.call('PTTL', KEYS[1]) > tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return {ARGV[1], dropped}
`)
