import { EventEmitter } from 'node:events'
import { type Random, seededRandom } from '../../support/random.js'
import { judge, sumOf, type Round, type Verdict } from './judge.js'
import { startMember, type Member } from './members.js'
import { kinds, type SubjectChoice } from './subject.js'

/** Three processes that sign in, and one that signs out everywhere. */
export interface Field {
  readonly signingIn: readonly Member[]
  readonly ending: Member
  /** Emits the name of a user whose request to sign in has been opened. */
  readonly openings: EventEmitter
  stop(): Promise<void>
}

export async function startField(): Promise<Field> {
  const openings = new EventEmitter()
  const start = (): Promise<Member> => startMember((user) => void openings.emit(user))
  const members = await Promise.all(Array.from({ length: 4 }, start))
  return {
    openings,
    signingIn: members.slice(0, 3),
    ending: members[3]!,
    stop: async () => void (await Promise.all(members.map((member) => member.kill()))),
  }
}

/** Opens the library in all processes. The first one calls it as it is; in the others each call takes a random time longer. */
export async function openIn({ signingIn, ending }: Field, choice: Omit<SubjectChoice, 'isSlow'>): Promise<void> {
  const opening = [...signingIn, ending].map((member, index) =>
    member.ask('open', { ...choice, seed: choice.seed + index, isSlow: index > 0 }),
  )
  await Promise.all(opening)
}

export interface Race {
  readonly rounds: number
  readonly seed: number
}

// So many users race at the same time, each for himself.
const usersAtOnce = 10

/** Races on a library that is open in all processes. */
export async function race(field: Field, { rounds, seed }: Race): Promise<Verdict> {
  const random = seededRandom(seed)
  const verdicts: Verdict[] = []
  let next = 0
  const runSome = async (): Promise<void> => {
    while (next < rounds) verdicts.push(judge(await runRound(field, `user-${seed}-${next++}`, random)))
  }
  await Promise.all(Array.from({ length: usersAtOnce }, runSome))
  return sumOf(verdicts)
}

/** Resolves when so many of a user's requests have been opened. */
function untilOpened(openings: EventEmitter, user: string, count: number): Promise<void> {
  return new Promise((resolve) => {
    let missing = count
    const heard = (): void => {
      missing -= 1
      if (missing > 0) return
      openings.off(user, heard)
      resolve()
    }
    if (count === 0) resolve()
    else openings.on(user, heard)
  })
}

/** One user: each process signs in twice, with what a browser may bring. */
async function runRound({ signingIn, ending, openings }: Field, user: string, random: Random): Promise<Round> {
  const browsers: { readonly member: Member; readonly cookies: (string | undefined)[] }[] = []
  for (const member of signingIn) {
    const cookies = []
    for (let count = 0; count < 2; count++) cookies.push(await member.ask('arrive', { user, kind: random.pick(kinds) }))
    browsers.push({ member, cookies })
  }
  await ending.ask('beforeEnd', { user })

  const someOpened = untilOpened(openings, user, random.below(6))
  const racing = Promise.all(browsers.map(({ member, cookies }) => member.ask('signIn', { user, cookies })))
  await someOpened
  const { end, next } = await ending.ask('end', { user })
  const later = Promise.all(signingIn.map((member) => member.ask('signInAtOnce', { user, cookies: [undefined] })))
  const during = (await racing).flat()
  const after = [next, ...(await later).flat()]

  const cookies = [...during, ...after].map(({ cookie }) => cookie)
  const survey = await ending.ask('survey', { user, cookies })
  await ending.ask('beforeEnd', { user })
  await ending.ask('endNow', { user })
  return { during, after, end, survey, secondSurvey: await ending.ask('survey', { user, cookies }) }
}
