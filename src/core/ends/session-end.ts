import type { EndReason } from '../../events.js'
import { isHandle, type Handle } from '../../store.js'

/**
 * Why a listener of `sessions.onEnd` was called: what the event `ended` says, or one of these.
 *
 * - `rotated`: the session goes on with a new secret, by `rotate()` or a sign-in. Only with the option `rotations`.
 * - `gone`: it was found to be gone, and nobody said why. It has expired, or the message was lost.
 */
export type LiveEndReason = EndReason | 'rotated' | 'gone'

/** What a listener of `sessions.onEnd` is told. */
export interface EndedSession {
  readonly handle: Handle
  /** Whose it was, if that is known. */
  readonly userId?: string | undefined
  readonly reason: LiveEndReason
}

/** An end or a rotation, as it is told and announced. */
export interface SessionEnd extends EndedSession {
  /** Which secret the session has now, if the reason is `rotated`: see `secretTag`. */
  readonly secret?: string | undefined
}

// By name, so that the compiler notices a missing one.
const reasons: Readonly<Record<LiveEndReason, true>> = {
  'signed-out': true,
  user: true,
  administration: true,
  limit: true,
  replaced: true,
  'secret-reused': true,
  rotated: true,
  gone: true,
}

/** Tells the secrets of a session apart. Part of a digest, so it opens nothing. */
export function secretTag({ digest }: { readonly digest: string }): string {
  return digest.slice(0, 8)
}

/** The text that announces an end. `from` names the `Sessions` that has told its own listeners already. */
export function encodeEnd(from: string, { handle, userId, reason, secret }: SessionEnd): string {
  return JSON.stringify({ from, handle, userId, reason, secret })
}

/** Reads an announcement; `undefined` for whatever is none, or has a reason that only newer versions know. */
export function decodeEnd(text: string): { readonly from: string; readonly end: SessionEnd } | undefined {
  const { from, handle, userId, reason, secret } = parse(text)
  if (typeof from !== 'string' || typeof handle !== 'string' || !isHandle(handle)) return undefined
  if (typeof reason !== 'string' || !Object.hasOwn(reasons, reason)) return undefined
  if (userId !== undefined && typeof userId !== 'string') return undefined
  if (secret !== undefined && typeof secret !== 'string') return undefined
  return { from, end: { handle, userId, reason: reason as LiveEndReason, secret } }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>
  } catch {
    return {}
  }
}
