import { beforeAll, describe, expect, it } from 'vitest'
import { hasPackages } from '../../support/packages.js'
import { deployAndRollBack, type Story } from './deploy.js'
import type { StoredRecord } from './records.js'
import { lifetimeOf, maxAgeOf, type Part, type Side } from './releases.js'

const noHarm = { failed: [], signedOut: [], misread: [], undone: [] }

let story: Story

describe.skipIf(!(await hasPackages('compatibility')))('a fleet of express-session and of ours, on one Redis', () => {
  beforeAll(async () => {
    story = await deployAndRollBack()
  }, 110_000)

  describe('in a rolling deploy of ours, and its rollback, under load', () => {
    it('fails no request', () => {
      expect(story.findings.failed).toEqual([])
    })

    it('signs nobody out, with whatever options, also while the secret changes', () => {
      expect(story.findings.signedOut).toEqual([])
    })

    it('reads on either side to the letter what the other wrote', () => {
      const { misread, readings } = story.findings
      console.log(`Read while instances were replaced: ${[...readings].map((pair) => pair.join(': ')).join(', ')}`)
      expect(misread).toEqual([])
      expect(readings.get('old → new')).toBeGreaterThan(20)
      expect(readings.get('new → old')).toBeGreaterThan(20)
    })

    it('signs nobody in again who has signed out', () => {
      expect(story.findings.undone).toEqual([])
    })

    it('knows whoever signed in before it and was absent until all instances were replaced', () => {
      expect(story.absent.fromOld).toMatchObject(noHarm)
      expect(story.absent.fromOld.readings.get('old → new')).toBeGreaterThan(0)
    })

    it('knows after the rollback whoever signed in before that and was absent', () => {
      expect(story.absent.fromNew).toMatchObject(noHarm)
      expect(story.absent.fromNew.readings.get('new → old')).toBeGreaterThan(0)
    })

    it('sends from either side the same cookies at the same times', () => {
      const sent = Object.fromEntries([...story.findings.cookies].map(([what, forms]) => [what, [...forms]]))
      expect(sent).toEqual(expectedCookies())
    })

    it('stores on either side the text that connect-redis stores, with no field besides', () => {
      expect(story.records.map(({ text }) => withoutTimes(text))).toEqual(story.records.map(expectedText))
    })

    it('lets sessions live as long as their cookies say, or a day, and gives them their whole life again', () => {
      for (const { part, secondsLeft } of story.lives) {
        expect(secondsLeft, part).toBeLessThanOrEqual(lifetimeOf(part))
        // Ours gives it again when a tenth is over. Two seconds may pass until one looks.
        expect(secondsLeft, part).toBeGreaterThan(lifetimeOf(part) * 0.9 - 2)
      }
    })

    it('leaves nothing in Redis when all have signed out', () => {
      expect(story.keys).toEqual([])
    })
  })

  describe('cannot promise what needs both sides:', () => {
    it('changes at the same time are merged only where all instances are new', () => {
      const [old, ...mixed] = story.lost.map(({ wrong, tries }) => `${wrong} of ${tries}`)
      console.log(
        `Changes at the same time that are lost: ${old} by old instances, ${mixed.join(', ')} with 1, 2, 3 new`,
      )
      expect(story.lost[0]).toEqual({ tries: 12, wrong: 11 }) // the last one overwrites all others
      expect(story.lost[3]).toEqual({ tries: 12, wrong: 0 })
    })

    it('a request under way undoes a sign-out where it is on an old instance, and nowhere else', () => {
      for (const [side, { tries, wrong }] of story.undoneSignOuts.counts) {
        expect([side, wrong]).toEqual([side, side === 'old' ? tries : 0])
      }
      expect(new Set(story.undoneSignOuts.counts.keys())).toEqual(new Set(['old', 'new']))
    })

    it('old instances know nobody whose cookie is signed with a secret that they were not told', () => {
      for (const [pair, { tries, wrong }] of story.overlookedSignIns.counts) {
        expect([pair, wrong]).toEqual([pair, pair === 'new → old' ? tries : 0])
      }
      expect(story.overlookedSignIns.counts).toHaveProperty('size', 4)
    })
  })
})

/** When express-session sends a cookie. */
const sendingPaths: Partial<Record<Part, readonly string[]>> = {
  '/plain': ['/sign-in'],
  '/rotating': ['/sign-in'],
  '/lasting': ['/sign-in', '/count', '/keep'],
  '/rolling': ['/sign-in', '/count', '/keep', '/me'],
}

/** By part, path and side. Only ours clears the cookie of who signs out. */
function expectedCookies(): Record<string, string[]> {
  const expected: Record<string, string[]> = {}
  const cookie = (value: string, expiry = ''): string =>
    `connect.sid=${value}; Path=/;${expiry} HttpOnly; Secure; SameSite=Lax`
  for (const [part, paths] of Object.entries(sendingPaths)) {
    const expiry = maxAgeOf[part as Part] === undefined ? '' : ' Expires=<max age>;'
    for (const side of ['old', 'new'] satisfies Side[]) {
      for (const path of ['/sign-in', '/count', '/keep', '/me']) {
        expected[`${part}${path} ${side}`] = [paths.includes(path) ? cookie('<signed id>', expiry) : 'none']
      }
      const cleared = cookie('', ' Expires=Thu, 01 Jan 1970 00:00:00 GMT;')
      expected[`${part}/sign-out ${side}`] = [side === 'new' ? cleared : 'none']
    }
  }
  return expected
}

function expectedText({ part, user, own }: StoredRecord): string {
  const maxAge = maxAgeOf[part]
  const times = maxAge === undefined ? {} : { originalMaxAge: maxAge * 1000, expires: '<time>' }
  const cookie = {
    originalMaxAge: null,
    expires: null,
    ...times,
    secure: true,
    httpOnly: true,
    path: '/',
    sameSite: 'lax',
  }
  return JSON.stringify({ cookie, user, ...own })
}

/** The original may lose a millisecond of the age each time that it touches a session. */
function withoutTimes(text: string): string {
  return text
    .replace(/(?<="originalMaxAge":)\d+/, (ms) => String(Math.round(Number(ms) / 1000) * 1000))
    .replace(/(?<="expires":")[-\dT:.]+Z/, '<time>')
}
