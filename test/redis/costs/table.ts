import type { Kind } from './backends.js'

/** A request to the backend that is counted, and what its visitor did before on another one. */
export interface Visit {
  readonly path: string
  readonly before?: readonly string[]
  /** The backend that served what was before. Default: `plain`. */
  readonly by?: Kind
  /** Whether its session has been ended since. */
  readonly isEnded?: boolean
  /** Instead of the cookie from before. */
  readonly cookie?: string
}

export const visits = {
  'reads without a session': { path: '/read' },
  'sends a malformed cookie': { path: '/read', cookie: 'session=s%3Aa; connect.sid=s%3Aa.b' },
  'sends the token of an ended session': { path: '/read', before: ['/fill'], isEnded: true },
  'stores the first value': { path: '/fill' },
  'reads a value': { path: '/read', before: ['/fill'] },
  'asks who is signed in': { path: '/who', before: ['/fill', '/sign-in'] },
  'looks at nothing': { path: '/plain', before: ['/fill'] },
  'changes a value': { path: '/write', before: ['/fill'] },
  'reads when a renewal is due': { path: '/read', before: ['/fill'], by: 'leaving' },
  'signs in without a session': { path: '/sign-in' },
  'signs in with a session': { path: '/sign-in', before: ['/fill'] },
  'signs out': { path: '/sign-out', before: ['/fill', '/sign-in'] },
} satisfies Record<string, Visit>

/** The commands in order, how many round trips they take, and at most how many bytes go to and from Redis. */
export type Cost = readonly [commands: string, roundTrips: number, bytes: number]

export type Subject = 'native' | 'dropIn' | 'pair'

const nothing: Cost = ['', 0, 0]

/**
 * What each visit costs with 200 bytes of data. The pair is express-session with connect-redis. `SHOW_COSTS=1` prints what is measured.
 *
 * The drop-in asks for the lifetime only because another backend has stored the session, and one `ECHO` serves all reads of a moment.
 *
 * Signing in enters the session in the user's index before it becomes the user's; signing out removes the entry beside the response. Also beside
 * the response, other backends are told of a secret that has become worthless: those who use `onEnd` must hear of it. To an anonymous
 * session, signing in costs the native API one write. The drop-in removes the old session and stores a new one, because
 * `regenerate` is a `destroy`, also where nothing was stored.
 */
export const costs: Readonly<Record<keyof typeof visits, Readonly<Record<Subject, Cost>>>> = {
  'reads without a session': { native: nothing, dropIn: nothing, pair: nothing },
  'sends a malformed cookie': { native: nothing, dropIn: nothing, pair: nothing },
  'sends the token of an ended session': {
    native: ['GET', 1, 60],
    dropIn: ['GET PTTL ECHO', 1, 180],
    pair: ['GET', 1, 70],
  },
  'stores the first value': { native: ['SET', 1, 380], dropIn: ['SET', 1, 370], pair: ['SET', 1, 370] },
  'reads a value': { native: ['GET', 1, 350], dropIn: ['GET PTTL ECHO', 1, 460], pair: ['GET EXPIRE', 2, 420] },
  'asks who is signed in': { native: ['GET', 1, 420], dropIn: ['GET PTTL ECHO', 1, 480], pair: ['GET EXPIRE', 2, 440] },
  'looks at nothing': { native: ['GET', 1, 350], dropIn: ['GET PTTL ECHO', 1, 460], pair: ['GET EXPIRE', 2, 420] },
  'changes a value': {
    native: ['GET EVALSHA', 2, 820],
    dropIn: ['GET PTTL ECHO EVALSHA', 2, 970],
    pair: ['GET SET', 2, 720],
  },
  'reads when a renewal is due': {
    native: ['GET EVALSHA', 2, 820],
    dropIn: ['GET PTTL ECHO EXPIRE', 2, 540],
    pair: ['GET EXPIRE', 2, 420],
  },
  'signs in without a session': {
    native: ['SET EVALSHA EVALSHA', 2, 780],
    dropIn: ['EVALSHA SET', 2, 350],
    pair: ['DEL SET', 2, 250],
  },
  'signs in with a session': {
    native: ['GET EVALSHA EVALSHA PUBLISH', 4, 1310],
    dropIn: ['GET PTTL ECHO EVALSHA SET', 3, 1010],
    pair: ['GET DEL SET', 3, 800],
  },
  'signs out': {
    native: ['GET EVALSHA PUBLISH EVALSHA', 3, 900],
    dropIn: ['GET PTTL ECHO EVALSHA', 2, 640],
    pair: ['GET DEL', 2, 430],
  },
}

/** What differs for the drop-in with the option `userId`: nothing but signing in and out. A sign-in stores the session, enters it, and makes it the user's. */
export const costsWithUsers: Readonly<Partial<Record<keyof typeof visits, Cost>>> = {
  'signs in without a session': ['EVALSHA SET EVALSHA EVALSHA', 4, 950],
  'signs in with a session': ['GET PTTL ECHO EVALSHA SET EVALSHA EVALSHA', 5, 1700],
  'signs out': ['GET PTTL ECHO EVALSHA EVALSHA', 3, 900],
}
