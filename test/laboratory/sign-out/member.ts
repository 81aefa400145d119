// One backend of the race, a process of its own, forked by members.ts.
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { type Random, seededRandom } from '../../support/random.js'
import { connect, connectClock } from './clients.js'
import type { Answer, Notice, Order, Orders } from './orders.js'
import { openSessera } from './sessera.js'
import type { AskTime, SignInReport, Subject, SubjectChoice } from './subject.js'
import type { Tap } from './tapped-store.js'

/** In which of its calls to the store this process is to be stopped. */
let stop: Orders['stop'][0] | undefined
let random: Random = seededRandom(0)
let subject: Subject
const names: string[] = []

const pause = async (): Promise<void> => {
  if (random.below(10) < 4) return
  await (random.below(3) === 0 ? nextTurn() : wait(1 + random.below(3)))
}

const tell = (notice: Notice): void => void process.send!(notice)
const atOnce = async (): Promise<void> => {}

function tapFor({ isSlow }: SubjectChoice): Tap {
  return (moment, call) => {
    if (moment === 'before') names.push(call)
    if (stop?.moment === moment && stop.call === call) {
      stop = undefined
      tell({ stopped: true })
      return new Promise(() => {})
    }
    // What is called in the same tick would overtake it, which no store allows.
    return isSlow && !(moment === 'before' && call === 'insert') ? pause() : undefined
  }
}

async function open(choice: SubjectChoice): Promise<void> {
  random = seededRandom(choice.seed)
  const time = await connectClock(choice.ports[0]!)
  const tap = tapFor(choice)
  subject = choice.library === 'sessera' ? await sesseraOf(choice, tap, time) : await betterAuthOf(choice, tap, time)
}

async function sesseraOf({ client, ports, limit }: SubjectChoice, tap: Tap, time: AskTime): Promise<Subject> {
  return openSessera(await connect[client](ports), tap, time, limit).subject
}

async function betterAuthOf({ ports }: SubjectChoice, tap: Tap, time: AskTime): Promise<Subject> {
  const { href } = new URL('better-auth.mjs', import.meta.url)
  const { openBetterAuth } = (await import(href)) as {
    openBetterAuth(port: number, tap: Tap, time: AskTime): Subject
  }
  return openBetterAuth(ports[0]!, tap, time)
}

/** Shows the list, again and again, while `work` goes on. */
async function whileListing<Value>(user: string, work: Promise<Value>): Promise<Value> {
  let isOver = false
  const listing = (async () => {
    while (!isOver) {
      await subject.list(user)
      await wait(2 + random.below(4))
    }
  })()
  try {
    return await work
  } finally {
    isOver = true
    await listing
  }
}

async function signInLater(user: string, cookie: string | undefined): Promise<SignInReport> {
  await wait(random.below(6))
  return subject.signIn(user, cookie, () => {
    tell({ opened: user })
    return wait(random.below(random.pick([10, 80]))) // so long may the check of a password take
  })
}

const orders: { readonly [Name in keyof Orders]: (...given: Orders[Name][0][]) => Promise<Orders[Name][1]> } = {
  open,
  arrive: async ({ user, kind }) => subject.arrive(user, kind),
  beforeEnd: async ({ user }) => void (await subject.beforeEnd(user)),
  signIn: ({ user, cookies }) => whileListing(user, Promise.all(cookies.map((cookie) => signInLater(user, cookie)))),
  signInAtOnce: ({ user, cookies }) => Promise.all(cookies.map((cookie) => subject.signIn(user, cookie, atOnce))),
  end: async ({ user }) => {
    await wait(random.below(8))
    const end = await whileListing(user, subject.end(user))
    return { end, next: await subject.signIn(user, undefined, atOnce) }
  },
  endNow: ({ user }) => subject.end(user),
  survey: ({ user, cookies }) => subject.survey(user, cookies),
  calls: async () => names.splice(0),
  stop: async (place) => {
    stop = place
  },
}

process.once('disconnect', () => process.exit()) // whoever started it is gone
process.on('message', ({ id, name, given }: Order) => {
  const carryOut = orders[name] as (given: unknown) => Promise<unknown>
  carryOut(given).then(
    (value) => process.send!({ id, value } satisfies Answer),
    (error: unknown) => process.send!({ id, error: String((error as Error).stack) } satisfies Answer),
  )
})
process.send!({ started: true })
