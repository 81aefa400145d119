import type { EndReport, SignInReport, Survey } from './subject.js'

/** What happened to one user, whom one process signed out everywhere while others signed in. */
export interface Round {
  /** The sign-ins that raced with it. */
  readonly during: readonly SignInReport[]
  /** Those that were begun by somebody who knew that it had returned. */
  readonly after: readonly SignInReport[]
  readonly end: EndReport
  /** When nothing happened any more. `opened` has an element for each sign-in: those of `during`, then those of `after`. */
  readonly survey: Survey
  /** The same after a second call. */
  readonly secondSurvey: Survey
}

/** Counts of sign-ins. Nothing may have outlived, be unlisted, left or refused afterwards. */
export interface Verdict {
  /** Their requests had been opened when signing out everywhere was called. */
  readonly openedBefore: number
  /** They were opened while it ran. */
  readonly openedMeanwhile: number
  /** They were opened once it had returned. */
  readonly openedAfter: number
  /** Of those opened before, the ones that were refused; the others were signed in for a while. */
  readonly refused: number
  /** Of those opened before, the ones alive afterwards. */
  readonly outlived: number
  /** Of these, the ones that even had been answered when it was called. */
  readonly outlivedAnswered: number
  /** Alive afterwards, whenever they were opened. */
  readonly alive: number
  /** Alive, but the user does not see them. */
  readonly unlisted: number
  /** Alive after a second call, when nobody signed in. */
  readonly leftBySecond: number
  /** Of those opened after it had returned, the ones that did not sign in. */
  readonly refusedAfter: number
  /** Failed otherwise: the errors. */
  readonly errors: readonly string[]
}

/** Times are compared without tolerance, and in doubt the sign-in counts as opened meanwhile. */
export function judge({ during, after, end, survey, secondSurvey }: Round): Verdict {
  const all = [...during, ...after].map((report, index) => ({ ...report, isAlive: survey.opened[index] !== undefined }))
  const before = all.filter(({ openedAt }) => openedAt < end.calledAt)
  // The clock has microseconds; whoever was begun by a message is later in any case.
  const later = all.filter((report, index) => index >= during.length || report.openingAt > end.returnedAt)
  const outlived = before.filter(({ isAlive }) => isAlive)
  const alive = new Set([...survey.opened, ...survey.stored].filter((name) => name !== undefined))
  const left = new Set([...secondSurvey.opened, ...secondSurvey.stored, ...secondSurvey.listed])
  left.delete(undefined)
  return {
    openedBefore: before.length,
    openedMeanwhile: all.length - before.length - later.length,
    openedAfter: later.length,
    refused: before.filter(({ outcome }) => outcome === 'revoked').length,
    outlived: outlived.length,
    outlivedAnswered: outlived.filter(({ answeredAt }) => answeredAt < end.calledAt).length,
    alive: alive.size,
    unlisted: [...alive].filter((name) => !survey.listed.includes(name)).length,
    leftBySecond: left.size,
    refusedAfter: later.filter(({ outcome, isAlive }) => outcome !== 'signed-in' || !isAlive).length,
    errors: all.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'signed-in' && outcome !== 'revoked'),
  }
}

/** The verdict on several rounds. */
export function sumOf(verdicts: readonly Verdict[]): Verdict {
  const sum = (count: Exclude<keyof Verdict, 'errors'>): number =>
    verdicts.reduce((total, verdict) => total + verdict[count], 0)
  return {
    openedBefore: sum('openedBefore'),
    openedMeanwhile: sum('openedMeanwhile'),
    openedAfter: sum('openedAfter'),
    refused: sum('refused'),
    outlived: sum('outlived'),
    outlivedAnswered: sum('outlivedAnswered'),
    alive: sum('alive'),
    unlisted: sum('unlisted'),
    leftBySecond: sum('leftBySecond'),
    refusedAfter: sum('refusedAfter'),
    errors: verdicts.flatMap(({ errors }) => errors),
  }
}
