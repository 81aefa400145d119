import { changesBetween, merge } from '../../core/record/merge.js'
import { emitEvent } from '../../events.js'
import type { CookieData } from '../api/cookie.js'
import type { Session } from '../api/session.js'
import { handleOf } from './session-id.js'
import type { Contents } from './session-contents.js'
import { cookieJson, encodeValues } from './session-values.js'

/** What happens to changes that other requests made to the same session in the meantime. */
export type Conflict =
  /** They are kept, unless this request changed the same top-level key. */
  | 'merge'
  /** They are overwritten, as a plain store does. */
  | 'last-wins'

/**
 * Merges what others stored into the session, except where the session itself was changed since `base`. Keys that both sides changed
 * keep the session's values, and an event names them.
 */
export function mergeSession(session: Session, base: Contents, stored: unknown, conflict: Conflict): void {
  if (conflict === 'last-wins' || typeof stored !== 'object' || stored === null) return
  const baseValues = encodeValues(JSON.parse(base.values) as object)
  const own = encodeValues(session)
  const { fields, conflicts } = merge(baseValues, changesBetween(baseValues, own), encodeValues(stored))
  for (const [key, json] of fields) {
    const isMethod = key in session && !Object.hasOwn(session, key)
    if (own.get(key) !== json && !isMethod) Reflect.set(session, key, Reflect.get(stored, key))
  }
  for (const key of own.keys()) if (!fields.has(key)) Reflect.deleteProperty(session, key)
  mergeCookie(session, base, stored)
  if (conflicts.length > 0) emitEvent('conflict', { handle: handleOf(session.id), keys: conflicts })
}

/** A parallel "remember me" must survive a request that knows only the earlier cookie. */
function mergeCookie(session: Session, base: Contents, stored: { readonly cookie?: CookieData }): void {
  const isOwnChange = cookieJson(session.cookie) !== base.cookie
  if (stored.cookie === undefined || isOwnChange || cookieJson(stored.cookie) === base.cookie) return
  const { expires: _, ...settings } = stored.cookie
  Object.assign(session.cookie, settings)
  session.touch()
}
