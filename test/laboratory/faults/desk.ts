import { type Answer, type Browser, type SlowBody } from './browser.js'
import { type Kind, type Operation, outcomeOf } from './history.js'
import type { Random } from '../../support/random.js'

/** A session as its owner sees it. */
export interface OwnSession {
  readonly number: number
  readonly user: string
  cookie: string
  isLarge?: boolean
}

/** Sends the requests of users and writes down what became of them. */
export interface Desk {
  readonly history: readonly Operation[]
  /** Ms since the beginning of the history. */
  now(): number
  signIn(user: string, choices?: Choices): Promise<OwnSession | undefined>
  /** Answers with what became of it. */
  request(session: OwnSession, kind: Exclude<Kind, 'sign-in'>, choices?: Choices): Promise<Operation>
}

/** What is else chosen at random. */
export interface Choices {
  /** The backend; 0 is the first. */
  readonly backend?: number
  readonly query?: string
  /** The size of what is added; default 1. */
  readonly bytes?: number
  /** A body that comes slowly. */
  readonly body?: SlowBody
  readonly patienceMs?: number
}

/** How long nobody waits for an answer. */
export const patienceMs = 8000

export function openDesk(browser: Browser, ports: readonly number[], random: Random): Desk {
  const history: Operation[] = []
  const beganAt = performance.now()
  const now = (): number => performance.now() - beganAt
  let [sessions, elements] = [0, 0]

  type Known = Pick<Operation, 'kind' | 'user' | 'session' | 'element' | 'isLarge'>

  async function ask(known: Known, path: string, cookie: string, choices: Choices) {
    const { backend = random.below(ports.length), query = '' } = choices
    const startedAt = now()
    const method = known.kind === 'read' ? ('GET' as const) : ('POST' as const)
    const question = {
      port: ports[backend]!,
      method,
      path: path + query,
      cookie,
      patienceMs: choices.patienceMs ?? patienceMs,
      ...(choices.body && { body: choices.body }),
    }
    const answer = await browser.ask(question)
    const operation: Operation = {
      ...known,
      startedAt,
      endedAt: now(),
      ...readingOf(answer),
      ...(choices.patienceMs !== undefined && answer.status === 0 && { isAbandoned: true }),
    }
    history.push(operation)
    return { operation, answer }
  }

  return {
    history,
    now,
    async signIn(user, choices = {}) {
      const number = ++sessions
      const known: Known = { kind: 'sign-in', user, session: number }
      const { operation, answer } = await ask(known, `/sign-in?user=${user}`, '', choices)
      return outcomeOf(operation) === 'ok' ? { number, user, cookie: answer.cookie ?? '' } : undefined
    },
    async request(session, kind, choices = {}) {
      const { bytes } = choices
      const known: Known = {
        kind,
        user: session.user,
        session: session.number,
        ...((session.isLarge || bytes !== undefined) && { isLarge: true }),
      }
      const element = kind === 'add' ? `e${++elements}` : undefined
      const path =
        element === undefined ? `/${kind}?` : `/add?element=${element}${bytes === undefined ? '' : `&bytes=${bytes}`}`
      const { operation, answer } = await ask({ ...known, ...(element && { element }) }, path, session.cookie, choices)
      if (bytes !== undefined && outcomeOf(operation) === 'ok') session.isLarge = true
      // What a browser would forget is kept: it must open nothing any more.
      if (answer.status < 400 && answer.cookie) session.cookie = answer.cookie
      return operation
    },
  }
}

function readingOf({ status, body, cookie }: Answer): Pick<Operation, 'status' | 'owner' | 'elements' | 'setsCookie'> {
  return {
    status,
    ...(body.user !== undefined && { owner: body.user }),
    ...(body.elements !== undefined && { elements: body.elements }),
    ...(cookie && { setsCookie: true }),
  }
}
