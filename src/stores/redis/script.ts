import { createHash } from 'node:crypto'
import { StoreFullError } from '../../errors.js'
import type { Send } from './client.js'
import { isServerError } from './known-errors.js'

/**
 * A Lua script for one key. Its text is constant, and its replies are lists: an error reply could carry stored text into clients and
 * logs, so only errors of the server itself stay errors. Each reply begins with a nonce from the parameters (see `ReplyGuard`).
 */
export interface Script {
  readonly text: string
  readonly sha1: string
  /** Runs instead when the server is out of memory. */
  readonly whenFull?: Script
}

/** A script from its source. */
export function defineScript(source: string): Script {
  const text = source.trim()
  return { text, sha1: createHash('sha1').update(text).digest('hex') }
}

/**
 * The same script, but it also runs when the server is out of memory, for writes that need no more room. Redis before 7 cannot compile
 * the flag; there it rejects with `StoreFullError` like any other write.
 */
export function allowedWhenFull(script: Script): Script {
  return { ...script, whenFull: defineScript(`#!lua flags=allow-oom\n${script.text}`) }
}

/** Runs a script; its `whenFull` if there is one and the server is out of memory. */
export function evalScript(send: Send, script: Script, key: string, parameters: Parameters): Promise<unknown> {
  const { whenFull } = script
  const reply = evalOnce(send, script, key, parameters)
  if (whenFull === undefined) return reply
  return reply.catch((error: unknown) => {
    if (!(error instanceof StoreFullError)) throw error
    return evalOnce(send, whenFull, key, parameters).catch((secondError: unknown) => {
      throw isServerError(secondError, 'notCompiled') ? error : secondError
    })
  })
}

type Parameters = readonly (string | Uint8Array)[]

/** By its hash, or by its text if the server does not have it (any more). */
function evalOnce(send: Send, { text, sha1 }: Script, key: string, parameters: Parameters): Promise<unknown> {
  return send(key, ['EVALSHA', sha1, '1', key, ...parameters]).catch((error: unknown) => {
    if (!isServerError(error, 'noScript')) throw error
    return send(key, ['EVAL', text, '1', key, ...parameters])
  })
}
