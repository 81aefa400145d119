/**
 * What sessions hold. Augment it once to type `req.session.data` everywhere:
 * `declare module 'sessera' { interface SessionData { cart?: string[] } }`.
 */
export interface SessionData {}

/** The augmented `SessionData`, or values of unknown types where it was not augmented. */
export type DefaultSessionData = keyof SessionData extends never ? Record<string, unknown> : SessionData
