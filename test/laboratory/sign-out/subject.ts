/** What a browser brings that signs in. */
export type Kind = 'nothing' | 'an anonymous session' | 'a session of the user'

export const kinds: readonly Kind[] = ['nothing', 'an anonymous session', 'a session of the user']

/** A sign-in. Times are the server's, in microseconds, asked for over a connection of its own. */
export interface SignInReport {
  /** Before its request was opened. */
  readonly openingAt: number
  /** After its request was opened. */
  readonly openedAt: number
  /** After it was answered. */
  readonly answeredAt: number
  /** `signed-in`, `revoked`, `limit`, or the text of any other error. */
  readonly outcome: string
  /** What the browser has then. */
  readonly cookie?: string | undefined
}

/** A call that signs a user out everywhere, by the same clock: before it was called, and after it returned. */
export interface EndReport {
  readonly calledAt: number
  readonly returnedAt: number
}

/** What is there of a user when nothing happens. Sessions have public names. */
export interface Survey {
  /** For each of the cookies, the session that it opens as the user. */
  readonly opened: readonly (string | undefined)[]
  /** All that the store has. */
  readonly stored: readonly string[]
  /** All that the user is shown. */
  readonly listed: readonly string[]
}

/** A library as an application uses it, in one process. */
export interface Subject {
  /** A browser of that kind, while nothing else happens: resolves to its cookie. */
  arrive(user: string, kind: Kind): Promise<string | undefined>
  /** `pause` comes where the handler of the request would check the password. */
  signIn(user: string, cookie: string | undefined, pause: () => Promise<void>): Promise<SignInReport>
  list(user: string): Promise<unknown>
  /** Prepares `end`, while nothing else happens. */
  beforeEnd(user: string): Promise<unknown>
  end(user: string): Promise<EndReport>
  survey(user: string, cookies: readonly (string | undefined)[]): Promise<Survey>
}

/** Which library, through which client, on the servers at which ports. */
export interface SubjectChoice {
  readonly library: 'sessera' | 'better-auth'
  readonly client: ClientName
  readonly ports: readonly number[]
  /** Of all that is random in this process. */
  readonly seed: number
  /** Whether calls to the store take a random time longer. */
  readonly isSlow: boolean
  /** For Sessera. */
  readonly limit?: { readonly maxSessionsPerUser: number; readonly onOverflow: 'end-oldest' | 'refuse' }
}

export type ClientName = 'node-redis' | 'ioredis' | 'node-redis in a Cluster' | 'ioredis in a Cluster'

/** The server's time in microseconds. */
export type AskTime = () => Promise<number>
