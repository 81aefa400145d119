import { allowedWhenFull, defineScript } from './script.js'

/**
 * Replaces one version; never creates.
 *
 * Takes the expected first 12 bytes (version and space), the new value, and its lifetime in ms. Replies with the version
 * of the new value as the nonce, and: `1` stored, now or by an earlier arrival of the same call; `0` the key is missing; `2` and the
 * value (none if it is not a string) if another version is stored.
 */
export const replaceScript = defineScript(`
local version = string.sub(ARGV[2], 1, 11)
local head = redis.pcall('GETRANGE', KEYS[1], 0, 11)
if type(head) ~= 'string' then
  if string.find(head.err, 'WRONGTYPE') then return {version, 2} end
  return head
end
if #head == 12 then
  if head == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
    return {version, 1}
  end
  if head == string.sub(ARGV[2], 1, 12) then return {version, 1} end
end
local value = redis.call('GET', KEYS[1])
if value then return {version, 2, value} end
return {version, 0}
`)

/** The same for a write that only extends the lifetime. */
export const renewScript = allowedWhenFull(replaceScript)

/**
 * Removes the key, or only one version of it.
 *
 * Takes the nonce and, optionally, the expected first 12 bytes. Replies with the nonce, and: `1` removed, `0` the key is missing, `2`
 * another version is stored.
 */
export const removeScript = defineScript(`
if ARGV[2] then
  local head = redis.pcall('GETRANGE', KEYS[1], 0, 11)
  if type(head) ~= 'string' then
    if string.find(head.err, 'WRONGTYPE') then return {ARGV[1], 2} end
    return head
  end
  if #head ~= 12 or head ~= ARGV[2] then return {ARGV[1], redis.call('EXISTS', KEYS[1]) * 2} end
end
return {ARGV[1], redis.call('DEL', KEYS[1])}
`)
