import { channel, subscribe, unsubscribe, type Channel } from 'node:diagnostics_channel'
import type { Handle } from './store.js'

/** Why the changes of a request were not stored. */
export type DropReason =
  /** Signed out, revoked or expired while the request ran. */
  | 'ended'
  /** A rotation or a sign-in replaced the session's secret, before or while the request ran. */
  | 'superseded'

/** Why a session ended. */
export type EndReason =
  /** `session.end()` in one of its own requests. */
  | 'signed-out'
  /** `sessions.user(id).end()`: by another session of the user, or on behalf of the user. */
  | 'user'
  /** `sessions.end(handle)`. */
  | 'administration'
  /** The user had more sessions than `maxSessionsPerUser`. */
  | 'limit'
  /** A sign-in as another user, or one that found further sessions of the same browser. */
  | 'replaced'
  /** A secret was used that had been replaced before the grace time, with `onSecretReuse: 'end'`. */
  | 'secret-reused'

/**
 * The events that Sessera publishes on `node:diagnostics_channel`, as `sessera:<name>`. They name sessions by their public handle and
 * never contain a token, a secret or session data.
 */
export interface SessionEvents {
  /** A record was stored under a new handle. */
  readonly created: { readonly handle: Handle }
  readonly 'signed-in': { readonly handle: Handle; readonly userId: string }
  readonly rotated: { readonly handle: Handle }
  /** The user proved again who they are; the session got a new secret. */
  readonly reauthenticated: { readonly handle: Handle; readonly userId: string }
  /** A record was removed. `userId` is whose it was, if that is known. */
  readonly ended: { readonly handle: Handle; readonly reason: EndReason; readonly userId?: string | undefined }
  readonly renewed: { readonly handle: Handle }
  /** A renewal in the background failed. The request did not fail. */
  readonly 'renewal-failed': { readonly handle: Handle; readonly error: unknown }
  /** Parallel requests changed the same keys. The values of this request, which committed last, are stored. */
  readonly conflict: { readonly handle: Handle; readonly keys: readonly string[] }
  readonly 'changes-dropped': { readonly handle: Handle; readonly reason: DropReason }
  /** `session.data` was changed, or `update` or `save` called, after the response had begun. Nothing was stored. */
  readonly 'late-change': { readonly handle: Handle | undefined }
  /**
   * The request sent the session cookie several times, for different active sessions. With a `__Host-` cookie, it got the session that
   * began last. Otherwise it was treated as anonymous, because another host may have set one of the cookies.
   */
  readonly 'duplicate-cookie': { readonly name: string; readonly handles: readonly Handle[] }
  /** The session cookie was set on a host that its `domain` does not cover. Browsers reject it. */
  readonly 'cookie-domain-mismatch': { readonly host: string; readonly domain: string }
  /** A session was found whose time is over. It may have been removed without anybody noticing: stores remove what expires. */
  readonly expired: { readonly handle: Handle; readonly userId: string | undefined }
  /** A well-formed token matched no session: it is expired, ended or guessed. */
  readonly 'unknown-token': { readonly handle: Handle }
  /** A superseded secret was used after the grace time. The cookie may have been stolen. */
  readonly 'secret-reused': { readonly handle: Handle }
  /** A record could not be read and was treated as absent. */
  readonly 'record-unreadable': { readonly handle: Handle; readonly reason: 'corrupt' | 'newer-version' | 'too-large' }
  /** The store returned another session's record. It was not used. */
  readonly 'record-mismatch': { readonly handle: Handle }
  /** A response that sets the session cookie got `Cache-Control: no-store` instead of the application's own value. */
  readonly 'cache-control-overridden': { readonly handle: Handle | undefined; readonly cacheControl: string }
  /** `sessera/cross-site` or a socket refused a request of another site. */
  readonly 'cross-site-refused': { readonly method: string; readonly origin: string | undefined }
  /** A call to the store failed or took too long. */
  readonly 'store-failed': { readonly error: unknown }
  /** A call succeeded after the circuit breaker had opened: the store, or one server of it, is back. */
  readonly 'store-recovered': Readonly<Record<string, never>>
}

// Node keeps a channel that has subscribers only as long as somebody refers to it; finding it by its name takes longer than asking it.
const channels = new Map<keyof SessionEvents, Channel>()

function channelOf(name: keyof SessionEvents): Channel {
  let found = channels.get(name)
  if (found === undefined) channels.set(name, (found = channel(`sessera:${name}`)))
  return found
}

/** Whether anybody listens to this event. */
export function hasSubscribers(name: keyof SessionEvents): boolean {
  return channelOf(name).hasSubscribers
}

/**
 * Calls `listener` with each event of this name, from all `createSessions` of the process, and returns a function that ends this. The same as subscribing to
 * the channel `sessera:<name>` of `node:diagnostics_channel`, but typed. What a listener throws becomes an uncaught exception, as there.
 */
export function onSessionEvent<Name extends keyof SessionEvents>(
  name: Name,
  listener: (event: SessionEvents[Name]) => void,
): () => void {
  const receive = (message: unknown): void => listener(message as SessionEvents[Name])
  subscribe(`sessera:${name}`, receive)
  return () => void unsubscribe(`sessera:${name}`, receive)
}

/** Publishes an event. Costs next to nothing without subscribers. */
export function emitEvent<Name extends keyof SessionEvents>(name: Name, message: SessionEvents[Name]): void {
  const target = channelOf(name)
  if (target.hasSubscribers) target.publish(message)
}
