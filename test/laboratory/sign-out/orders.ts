import type { EndReport, Kind, SignInReport, SubjectChoice, Survey } from './subject.js'
import type { Moment } from './tapped-store.js'

type Cookie = string | undefined

/** A place where a process stops for ever, so that it can be killed there. */
export interface Place {
  readonly moment: Moment
  /** The first call of this name to the store. */
  readonly call: string
}

/** What a member can be told, and what it answers. */
export interface Orders {
  open: [SubjectChoice, void]
  arrive: [{ readonly user: string; readonly kind: Kind }, Cookie]
  beforeEnd: [{ readonly user: string }, void]
  /** Signs in with each of the cookies, after a random time. */
  signIn: [{ readonly user: string; readonly cookies: readonly Cookie[] }, readonly SignInReport[]]
  signInAtOnce: [{ readonly user: string; readonly cookies: readonly Cookie[] }, readonly SignInReport[]]
  /** Signs out everywhere after a random time, and then in, at once. */
  end: [{ readonly user: string }, { readonly end: EndReport; readonly next: SignInReport }]
  endNow: [{ readonly user: string }, EndReport]
  survey: [{ readonly user: string; readonly cookies: readonly Cookie[] }, Survey]
  /** The names of its calls to the store since it was last asked. */
  calls: [Record<string, never>, readonly string[]]
  stop: [Place, void]
}

export interface Order {
  readonly id: number
  readonly name: keyof Orders
  readonly given: unknown
}

export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

/** What a member tells without being asked: it has stopped for ever, or this user's request has been opened. */
export type Notice = { readonly stopped: true } | { readonly opened: string }
