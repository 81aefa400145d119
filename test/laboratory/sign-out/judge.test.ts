import { describe, expect, it } from 'vitest'
import { judge, type Round } from './judge.js'
import type { SignInReport, Survey } from './subject.js'

const nobody: Survey = { opened: [undefined, undefined], stored: [], listed: [] }
const end = { calledAt: 100, returnedAt: 200 }

const signIn = (openingAt: number, openedAt: number, answeredAt: number, outcome = 'signed-in'): SignInReport => ({
  openingAt,
  openedAt,
  answeredAt,
  outcome,
})

/** One sign-in that races, and one afterwards that signs in, is alive and listed. */
function round(during: SignInReport, survey: Partial<Survey>, secondSurvey: Partial<Survey> = {}): Round {
  const alive = { opened: [undefined, 'next'], stored: ['next'], listed: ['next'] }
  return {
    during: [during],
    after: [signIn(201, 202, 203)],
    end,
    survey: { ...alive, ...survey },
    secondSurvey: { ...nobody, ...secondSurvey },
  }
}

const good = { outlived: 0, outlivedAnswered: 0, unlisted: 0, leftBySecond: 0, refusedAfter: 0, errors: [] }

describe('the judge of the race', () => {
  it('finds nothing wrong with a sign-in that was refused or is over', () => {
    expect(judge(round(signIn(10, 50, 150, 'revoked'), {}))).toMatchObject({ ...good, openedBefore: 1, refused: 1 })
    expect(judge(round(signIn(10, 50, 90), {}))).toMatchObject({ ...good, openedBefore: 1, openedAfter: 1 })
  })

  it('allows that a sign-in lives which was opened while signing out ran', () => {
    const both = { opened: ['one', 'next'], stored: ['one', 'next'], listed: ['next', 'one'] }
    expect(judge(round(signIn(90, 110, 150), both))).toMatchObject({ ...good, openedMeanwhile: 1 })
  })

  it('finds a sign-in that outlived, and says whether it had been answered', () => {
    const both = { opened: ['one', 'next'], stored: ['one', 'next'], listed: ['next', 'one'] }
    expect(judge(round(signIn(10, 99, 150), both))).toMatchObject({ outlived: 1, outlivedAnswered: 0 })
    expect(judge(round(signIn(10, 50, 99), both))).toMatchObject({ outlived: 1, outlivedAnswered: 1 })
  })

  it('finds a session that is stored or opens, but is not listed', () => {
    const { unlisted } = judge(round(signIn(90, 110, 150), { opened: ['one', 'next'], stored: ['two', 'next'] }))
    expect(unlisted).toBe(2)
  })

  it('finds what a second call leaves', () => {
    const left = { opened: [undefined, 'next'], stored: ['one'], listed: ['next'] }
    expect(judge(round(signIn(10, 50, 90), {}, left)).leftBySecond).toBe(2)
  })

  it('finds a sign-in afterwards that was refused or ended, and any other error', () => {
    expect(judge(round(signIn(201, 210, 220, 'revoked'), {})).refusedAfter).toBe(1)
    expect(judge(round(signIn(10, 50, 90), { opened: [undefined, undefined] })).refusedAfter).toBe(1)
    expect(judge(round(signIn(10, 50, 90, 'Error: no'), {})).errors).toEqual(['Error: no'])
  })
})
