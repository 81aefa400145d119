import type { Program } from '../../support/balancer/backends.js'
import type { Options } from '../../support/balancer/express-session-library.js'

/** What an instance runs on: the originals, or ours. */
export type Side = 'old' | 'new'

/** What is deployed one after the other. */
export type Release = 'old' | 'new' | 'old again'

/** Instances serve the same shop under each of these paths, each time with other options. */
export const parts = ['/plain', '/lasting', '/rolling', '/rotating', '/hasty'] as const
export type Part = (typeof parts)[number]

/** For how long cookies last, in seconds; others end with the browser. */
export const maxAgeOf: Partial<Record<Part, number>> = { '/lasting': 3600, '/rolling': 20 }

/** For how long records live without a request, in seconds. */
export const lifetimeOf = (part: Part): number => maxAgeOf[part] ?? 86_400

/** Before the new secret signs, all instances know it. Where each release starts to sign with what it learns, others do not. */
const secretsOf: Partial<Record<Part, Record<Release, readonly string[]>>> = {
  '/rotating': { old: ['first'], new: ['first', 'second'], 'old again': ['second', 'first'] },
  '/hasty': { old: ['first'], new: ['second', 'first'], 'old again': ['first'] },
}

export function optionsOf(part: Part, release: Release): Options {
  const maxAge = maxAgeOf[part]
  return {
    secret: secretsOf[part]?.[release] ?? ['the same for all'],
    rolling: part === '/rolling',
    cookie: maxAge === undefined ? {} : { maxAge: maxAge * 1000 },
  }
}

export function programOf(release: Release, redisUrl: string): Program {
  return { url: new URL('instance.ts', import.meta.url), args: [redisUrl, release] }
}
