import { type Random, seededRandom } from '../../support/random.js'
import { judge, sumOf, type Round, type Verdict } from './judge.js'
import { startMember, type Member } from './members.js'
import { kinds, type SubjectChoice } from './subject.js'

/** Three processes that sign in, and one that signs out everywhere. */
export interface Field {
  readonly signingIn: readonly Member[]
  readonly ending: Member
  stop(): Promise<void>
}

export async function startField(): Promise<Field> {
  const members = await Promise.all(Array.from({ length: 4 }, startMember))
  return {
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
const usersAtOnce = 4

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

/** One user: each process signs in twice, with what a browser may bring. */
async function runRound({ signingIn, ending }: Field, user: string, random: Random): Promise<Round> {
  const browsers: { readonly member: Member; readonly cookies: (string | undefined)[] }[] = []
  for (const member of signingIn) {
    const cookies = []
    for (let count = 0; count < 2; count++) cookies.push(await member.ask('arrive', { user, kind: random.pick(kinds) }))
    browsers.push({ member, cookies })
  }
  await ending.ask('beforeEnd', { user })

  const racing = Promise.all(browsers.map(({ member, cookies }) => member.ask('signIn', { user, cookies })))
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
