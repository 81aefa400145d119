import { createHash } from 'node:crypto'
import { RecordMismatchError, StoreFullError } from '../../errors.js'
import { isNoScript, isNotCompiled, type Send } from './client.js'
import { unexpectedReply } from './replies.js'
import type { Server } from './server.js'

/**
 * Constant text, one key, and answers in lists: an error reply could carry stored text into clients and logs. Only the server's own
 * refusal of a command stays an error. Each answer begins with what it is about: a connection that has lost or doubled a reply hands
 * out each answer to the wrong one from then on.
 */
export interface Script {
  readonly text: string
  readonly sha1: string
}

/**
 * Stores over one version; never creates.
 *
 * Takes the head (version and space) that must stand there, the new value and its lifetime in ms. Answers the new
 * version, which no other call has, and: `1` stored, now or by an earlier arrival of this very call; `0` there is nothing; `2` and the
 * value, unless it is of another type, something else stands there.
 */
export const replaceScript = scriptOf(`
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

/**
 * The same where memory is full, for a write that brings nothing new. It needs Redis 7 or any Valkey; older servers have no such
 * flag and refuse the text.
 */
export const replaceWhenFullScript = scriptOf(`#!lua flags=allow-oom\n${replaceScript.text}`)

/**
 * Removes whatever stands there, or, given a head, only that version.
 *
 * Takes some text and, perhaps, the head. Answers the text, and: `1` removed, `0` there was nothing, `2` something else stands there.
 */
export const removeScript = scriptOf(`
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

/** Tells nothing but what it is about: whether replies come to those who asked. */
export const echoScript = scriptOf('return {ARGV[1]}')

type Parameter = string | Uint8Array

/** A script by its text. */
export function scriptOf(source: string): Script {
  const text = source.trim()
  return { text, sha1: createHash('sha1').update(text).digest('hex') }
}

/**
 * Runs a script, and gives what it answers after what it is `about`. An answer about anything else is refused, and
 * its connection is given up: what else comes by it would be somebody else's, too.
 */
export async function runScriptAbout(
  about: string,
  server: Server,
  script: Script,
  key: string,
  parameters: readonly Parameter[],
): Promise<readonly unknown[]> {
  const reply = await runScript(server.send, script, key, parameters)
  const [first, ...answer] = Array.isArray(reply) ? (reply as readonly unknown[]) : []
  const subject = Buffer.isBuffer(first) ? first.toString() : first
  if (subject === about) return answer
  if (typeof subject !== 'string') {
    server.doubt(key)
    throw unexpectedReply('a script')
  }
  server.reconnect(key)
  throw new RecordMismatchError()
}

/**
 * Where the server is full, does what it lets be done even then: by a script with a flag, which servers before Redis 7 cannot
 * compile; those are full, then.
 */
export async function alsoWhenFull<Answer>(
  act: () => Promise<Answer>,
  whenFull: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof StoreFullError)) throw error
    return whenFull().catch((refusal: unknown) => {
      throw isNotCompiled(refusal) ? error : refusal
    })
  }
}

/** Runs a script by its hash, and by its text where the server does not have it yet, or not any more. */
export async function runScript(
  send: Send,
  { text, sha1 }: Script,
  key: string,
  parameters: readonly Parameter[],
): Promise<unknown> {
  try {
    return await send(key, ['EVALSHA', sha1, '1', key, ...parameters])
  } catch (error) {
    if (!isNoScript(error)) throw error
    return send(key, ['EVAL', text, '1', key, ...parameters])
  }
}
