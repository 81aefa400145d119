import type { Request, RequestHandler } from 'express'

/** A library for sessions, as the application on each backend uses it. */
export interface Api {
  readonly middleware: RequestHandler
  visit(request: Request): Visit
}

/** The session of one request. Elements are what is added to it, each under a key of its own. */
export interface Visit {
  readonly user: string | undefined
  elements(): string[]
  /** `exactly`: by read, change and write at once, where the library has that; else by a plain change. */
  add(element: string, value: string, exactly: boolean): Promise<void> | void
  /** `simply`: as many applications do it, by setting the user and nothing more, where the library allows that. */
  signIn(user: string, simply: boolean): Promise<void> | void
  /** Replaces the secret and keeps the elements. */
  rotate(): Promise<void> | void
  signOut(): Promise<void> | void
}

/** Which library: ours by its own interface, ours in the place of express-session and connect-redis, and these. */
export type Side = 'native' | 'drop-in' | 'peer'

const isElement = (key: string): boolean => /^e\d+$/.test(key)

export function elementsIn(data: object): string[] {
  return Object.keys(data).filter(isElement)
}
