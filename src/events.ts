import { channel } from 'node:diagnostics_channel'
import type { Handle } from './store.js'

/** Why changes of a request were not stored. */
export type DropReason =
  /** Signed out, revoked or expired while the request ran. */
  | 'ended'
  /** The secret was rotated away, or another user signed in, before or while the request ran. */
  | 'superseded'

/**
 * What Sessera tells on `node:diagnostics_channel`, as `sessera:<name>`. Messages carry the public handle and never a token,
 * a secret or session data.
 */
export interface SessionEvents {
  /** A record was stored under a new handle. */
  readonly created: { readonly handle: Handle }
  readonly 'signed-in': { readonly handle: Handle; readonly userId: string }
  readonly rotated: { readonly handle: Handle }
  /** A record was removed by `end`. */
  readonly ended: { readonly handle: Handle }
  readonly renewed: { readonly handle: Handle }
  /** A renewal beside the response failed; the request did not. */
  readonly 'renewal-failed': { readonly handle: Handle; readonly error: unknown }
  /** Parallel requests changed the same keys; the later commit, this one, stands. */
  readonly conflict: { readonly handle: Handle; readonly keys: readonly string[] }
  readonly 'changes-dropped': { readonly handle: Handle; readonly reason: DropReason }
  /** `session.data` was changed, or was to be stored, after the response had begun; that is not stored. */
  readonly 'late-change': { readonly handle: Handle | undefined }
  /**
   * The request brought tokens of several living sessions. With a `__Host-` cookie it was served as the one that began last, else as
   * nobody: another host may have set one of them.
   */
  readonly 'duplicate-cookie': { readonly name: string; readonly handles: readonly Handle[] }
  /** The session cookie was set on a host that its `domain` does not cover; browsers refuse it. */
  readonly 'cookie-domain-mismatch': { readonly host: string; readonly domain: string }
  /** A well-formed token that opens nothing: expired, ended, or guessed. */
  readonly 'unknown-token': { readonly handle: Handle }
  /** A superseded secret came back after the grace time: perhaps a stolen cookie. */
  readonly 'secret-reused': { readonly handle: Handle }
  /** A record was treated as absent because it cannot be read. */
  readonly 'record-unreadable': { readonly handle: Handle; readonly reason: 'corrupt' | 'newer-version' | 'too-large' }
  /** The store answered with another session's record; it was refused. */
  readonly 'record-mismatch': { readonly handle: Handle }
  /** A response that sets the session cookie was made `no-store`; the application had said otherwise. */
  readonly 'cache-control-overridden': { readonly handle: Handle | undefined; readonly cacheControl: string }
  /** A call to the store failed or took too long. */
  readonly 'store-failed': { readonly error: unknown }
}

/** Publishes an event to whoever listens; costs next to nothing when nobody does. */
export function emitEvent<Name extends keyof SessionEvents>(name: Name, message: SessionEvents[Name]): void {
  const target = channel(`sessera:${name}`)
  if (target.hasSubscribers) target.publish(message)
}
