/** One kind of request, and what a right answer to it is. */
export interface Case {
  readonly id: string
  readonly title: string
  readonly path: string
  /** Of the data of each session, as JSON. */
  readonly size: number
  /** What the request carries. */
  readonly cookie: 'own' | 'none' | 'malformed' | 'forged'
  /** `parallel`: ten requests of one visitor at once. `shared`: all connections use one session. */
  readonly visitors: 'apart' | 'parallel' | 'shared'
  /** What the answer says: who asks, how often they have written, or that nobody is known. */
  readonly answer: 'name' | 'count' | 'nobody'
  /** Takes milliseconds a request: a fifth of the usual warm-up is enough, and rounds must be three times as long. */
  readonly isSlow: boolean
}

const read: Case = {
  id: 'read',
  title: 'read, 200 B',
  path: '/read',
  size: 200,
  cookie: 'own',
  visitors: 'apart',
  answer: 'name',
  isSlow: false,
}

const large = { size: 65_536, isSlow: true }

export const cases: readonly Case[] = [
  { ...read, id: 'anonymous', title: 'anonymous', cookie: 'none', answer: 'nobody' },
  read,
  { ...read, id: 'read-4k', title: 'read, 4 KB', size: 4096 },
  { ...read, ...large, id: 'read-64k', title: 'read, 64 KB' },
  { ...read, id: 'who', title: 'who, 200 B', path: '/who' },
  { ...read, ...large, id: 'who-64k', title: 'who, 64 KB', path: '/who' },
  { ...read, id: 'write', title: 'write, 200 B', path: '/write', answer: 'count' },
  { ...read, id: 'update', title: 'update, 200 B', path: '/update', answer: 'count' },
  { ...read, id: 'malformed', title: 'malformed cookie', cookie: 'malformed', answer: 'nobody' },
  { ...read, id: 'forged', title: 'forged cookie', cookie: 'forged', answer: 'nobody' },
  { ...read, id: 'parallel', title: '10 at once', visitors: 'parallel' },
  { ...read, id: 'shared', title: 'one shared session', visitors: 'shared' },
]
