import type { Answer } from '../../support/balancer/visitor.js'
import { maxAgeOf, type Part, type Side } from './releases.js'

/** What was seen of the fleet. The lists are of what must not be. */
export interface Findings {
  readonly failed: string[]
  readonly signedOut: string[]
  readonly misread: string[]
  /** Requests that somebody was signed in on after signing out. */
  readonly undone: string[]
  /** How often a side read what a side had written: `old → new`. */
  readonly readings: Map<string, number>
  /** The forms of cookies that were sent, by part, path and side. */
  readonly cookies: Map<string, Set<string>>
}

export function createFindings(): Findings {
  return { failed: [], signedOut: [], misread: [], undone: [], readings: new Map(), cookies: new Map() }
}

export function sideOf({ backend }: Pick<Answer, 'backend'>): Side {
  return backend.startsWith('new') ? 'new' : 'old'
}

/** The form of a cookie without what differs from one to the next. */
export function formOfCookie(setCookie: string | undefined, part: Part): string {
  if (setCookie === undefined) return 'none'
  const maxAgeMs = (maxAgeOf[part] ?? 0) * 1000
  return setCookie
    .replace(/=s%3A[\w-]{32}\.(?:[A-Za-z\d]|%2[BF]){43}(?=;)/, '=<signed id>')
    .replace(/(?<=Expires=)[^;]+/, (date) => {
      const tooShortMs = Date.now() + maxAgeMs - Date.parse(date)
      return tooShortMs > -1000 && tooShortMs < 5000 ? '<max age>' : date
    })
}
