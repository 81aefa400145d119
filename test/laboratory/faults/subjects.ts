import type { ClientName } from './clients.js'
import type { Side } from './api.js'

/** Whom the faults happen to: a library with a client. */
export interface Subject {
  readonly side: Side
  readonly clientName: ClientName
  readonly title: string
}

/** What is promised is promised for these. */
export const ours: readonly Subject[] = [
  { side: 'native', clientName: 'node-redis 6', title: 'sessera/express' },
  { side: 'native', clientName: 'ioredis 6', title: 'sessera/express' },
  { side: 'drop-in', clientName: 'node-redis 6', title: 'sessera/express-session' },
  { side: 'drop-in', clientName: 'ioredis 6', title: 'sessera/express-session' },
]

/** What they are compared with: with the client as its documentation shows it, and set up like ours. */
export const peers: readonly Subject[] = [
  { side: 'peer', clientName: 'node-redis 6, defaults', title: 'express-session + connect-redis' },
  { side: 'peer', clientName: 'node-redis 6', title: 'express-session + connect-redis' },
]
