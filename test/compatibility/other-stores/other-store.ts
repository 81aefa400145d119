import { setTimeout as wait } from 'node:timers/promises'
import type { session } from 'sessera/express-session'
import { afterAll, beforeAll, vi } from 'vitest'
import type { SessionModule } from './store-factory.js'

type Store = InstanceType<typeof session.Store>

/** A store of somebody else, opened for one test: empty, and shared with nobody. */
export interface OpenedOtherStore {
  readonly store: Store
  close?(): unknown
}

/** One that can be taken out of service. */
export interface FragileOtherStore extends OpenedOtherStore {
  breakDown(): unknown
  mend(): unknown
}

/** A store of somebody else, as the tests of this folder need to know it. */
export interface OtherStore {
  readonly name: string
  /** Set where the time is kept by a server. */
  readonly realTime?: boolean
  /** Set where the store cannot count further. */
  readonly maxLifetimeMs?: number
  open(module: SessionModule): Promise<OpenedOtherStore>
  /** The same, with what it keeps sessions in; left out where nothing can fail. */
  openFragile?(module: SessionModule): Promise<FragileOtherStore>
}

/**
 * How time passes for a store: its clock stands still during the tests of this block, unless it is that of a server, and is moved
 * by what this gives.
 */
export function useClock({ realTime }: OtherStore): (ms: number) => Promise<void> {
  if (realTime) return (ms) => wait(ms)
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterAll(() => void vi.useRealTimers())
  return async (ms) => void vi.setSystemTime(Date.now() + ms)
}
