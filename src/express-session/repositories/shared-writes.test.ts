import { RedisStore } from 'sessera/connect-redis'
import { Session } from '../api/session.js'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createHash } from 'node:crypto'
import { gate } from 'sessera/testing'
import { recordEvents } from '../../../test/support/record-events.js'
import { compareAndSetRepository } from './compare-and-set.js'
import { plainOperations } from '../../engine/operations.js'
import {
  compareAndSetRecords,
  type CompareAndSetRecords,
  type Encoded,
  type Replaced,
  type Text,
} from './compare-and-set-records.js'
import { Cookie } from '../api/cookie.js'
import type { Repository } from './repository.js'
import { contentsOf } from './session-contents.js'
import type { StoredSession } from '../api/store.js'

vi.mock(import('../../engine/timers.js'), () => import('../../../test/support/timers/looked-up.js'))

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

/** A Redis of one process: each command takes `roundTripMs`. */
function fakeRedis({ roundTripMs = 0 } = {}) {
  const texts = new Map<string, string>()
  const writes: string[] = []
  const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex')
  const run = ([name, , , key, word, ...parameters]: readonly string[]): unknown => {
    const text = texts.get(key!)
    if (name !== 'EVALSHA') throw new Error(`unexpected ${name}`)
    if (parameters.length === 0) return [word, text ?? null, -1]
    if (text === undefined) return [word, 0]
    writes.push(key!)
    if (text !== parameters[1] && sha1(text) !== parameters[0]) return [word, 2, text, sha1(text)]
    texts.set(key!, parameters[1]!)
    return [word, 1]
  }
  const client = {
    async sendCommand(command: readonly string[]): Promise<unknown> {
      if (roundTripMs > 0) await pause(roundTripMs / 2)
      const answer = run(command)
      if (roundTripMs > 0) await pause(roundTripMs / 2)
      return answer
    },
  }
  return { texts, writes, client }
}

function repositoryOn(client: object, options: object = {}): Repository {
  const store = new RedisStore({ client: client as never, ...options })
  return compareAndSetRepository(store[compareAndSetRecords]()!, 'merge')
}

/** What a request does: loads the session, changes it, and stores it, all within the deadline of each. */
async function visit(
  repository: Repository,
  id: string,
  change: (values: Record<string, unknown>) => void,
): Promise<unknown> {
  const found = await repository.operations.run((operation) => repository.load(operation, id))
  const data = found?.data as StoredSession
  const session = new Session({ sessionID: id }, data)
  session.cookie = new Cookie(data.cookie)
  const snapshot = { id, revision: found!.revision, contents: contentsOf(session) }
  change(session as never)
  return repository.operations.run((operation) => repository.save(operation, session, snapshot))
}

const empty = '{"cookie":{"originalMaxAge":null,"expires":null}}'
const valuesIn = (text: string | undefined): Record<string, unknown> => JSON.parse(text!) as Record<string, unknown>

describe('writers of one session', () => {
  it('store 200 changes a second with a round trip of 5 ms, lose none, and do not slow down other sessions', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const redis = fakeRedis({ roundTripMs: 5 })
    const repository = repositoryOn(redis.client)
    for (const id of ['busy', 'calm']) redis.texts.set(`sess:${id}`, empty)
    const tookMs: number[] = []
    const visits: Promise<unknown>[] = []
    for (let count = 0; count < 400; count++) {
      visits.push(visit(repository, 'busy', (values) => void (values[`key${count}`] = { count })))
      if (count % 20 === 0) {
        const began = performance.now()
        const calm = visit(repository, 'calm', (values) => void (values['last'] = count))
        visits.push(calm.then(() => tookMs.push(performance.now() - began)))
      }
      await vi.advanceTimersByTimeAsync(5)
    }
    await vi.advanceTimersByTimeAsync(2000)
    const served = await Promise.allSettled(visits)
    expect(served.filter(({ status }) => status === 'rejected').length).toBeLessThanOrEqual(served.length * 0.05)
    expect(Object.keys(valuesIn(redis.texts.get('sess:busy'))).length).toBeGreaterThanOrEqual(381)
    expect(Math.max(...tookMs)).toBeLessThan(50)
  })

  it('share one call if they wait at the same time', async () => {
    const held = gate()
    const redis = fakeRedis()
    redis.texts.set('sess:id', empty)
    let isHeld = false
    const slow = repositoryOn({
      async sendCommand(command: readonly string[]) {
        if (isHeld) await held.pass()
        return redis.client.sendCommand(command)
      },
    })
    const sessions = await Promise.all(
      Array.from({ length: 30 }, async (_, count) => {
        const found = (await slow.operations.run((operation) => slow.load(operation, 'id')))!
        const session = new Session({ sessionID: 'id' }, found.data as object)
        session.cookie = new Cookie()
        Reflect.set(session, `key${count}`, [count])
        return {
          session,
          snapshot: {
            id: 'id',
            revision: found.revision,
            contents: contentsOf(new Session({ sessionID: 'id' }, found.data as object)),
          },
        }
      }),
    )
    isHeld = true
    const stored = sessions.map(({ session, snapshot }) =>
      slow.operations.run((operation) => slow.save(operation, session, snapshot)),
    )
    await held.reached
    isHeld = false
    held.open()
    await Promise.all(stored)
    expect(redis.writes).toHaveLength(2) // the first alone, then all others
    expect(Object.keys(valuesIn(redis.texts.get('sess:id')))).toHaveLength(31)
    // Each has what it knows of by itself: none holds an object of another.
    const lists = sessions.map(({ session }) => Reflect.get(session, 'key0') as unknown[] | undefined)
    lists[0]!.push('mine')
    for (const list of lists.slice(1)) expect(list).toEqual([0])
  })

  it('all succeed, also from several processes', async () => {
    const redis = fakeRedis({ roundTripMs: 2 })
    const repositories = Array.from({ length: 8 }, () => repositoryOn(redis.client, { deadline: '5s' }))
    redis.texts.set('sess:id', empty)
    await Promise.all(
      repositories.flatMap((repository, process) =>
        Array.from({ length: 10 }, (_, count) =>
          visit(repository, 'id', (values) => void (values[`${process}.${count}`] = 1)),
        ),
      ),
    )
    expect(Object.keys(valuesIn(redis.texts.get('sess:id')))).toHaveLength(81)
  })

  it('each get the error of their own session only', async () => {
    const redis = fakeRedis()
    const repository = repositoryOn(redis.client, { maxBytes: 1000 })
    redis.texts.set('sess:id', empty)
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    const outcomes = await Promise.allSettled([
      visit(repository, 'id', (values) => void (values['one'] = 1)),
      visit(repository, 'id', (values) => void (values['cyclic'] = cyclic)),
      visit(repository, 'id', (values) => void (values['large'] = 'x'.repeat(2000))),
      visit(repository, 'id', (values) => void (values['two'] = 2)),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    expect(valuesIn(redis.texts.get('sess:id'))).toMatchObject({ one: 1, two: 2 })
    expect(Object.keys(valuesIn(redis.texts.get('sess:id')))).toHaveLength(3)
  })

  it('that change the same value are stored in their order, with an event', async () => {
    const conflicts = recordEvents('conflict')
    const redis = fakeRedis()
    const repository = repositoryOn(redis.client)
    redis.texts.set('sess:id', empty)
    await Promise.all([1, 2, 3].map((count) => visit(repository, 'id', (values) => void (values['count'] = count))))
    expect(valuesIn(redis.texts.get('sess:id'))).toMatchObject({ count: 3 })
    expect(conflicts.length).toBeGreaterThan(0)
  })

  it('all find that it was ended', async () => {
    const redis = fakeRedis()
    const repository = repositoryOn(redis.client)
    redis.texts.set('sess:id', empty)
    const visits = [1, 2, 3].map((count) =>
      visit(repository, 'id', (values) => {
        redis.texts.delete('sess:id')
        values['count'] = count
      }),
    )
    expect(await Promise.all(visits)).toEqual([undefined, undefined, undefined])
    expect(redis.texts.size).toBe(0)
  })

  it('each get an error in time if the store falls silent, and later writers are served', async () => {
    const redis = fakeRedis()
    let isSilent = false
    const sendCommand = (command: readonly string[]): Promise<unknown> =>
      isSilent ? new Promise(() => {}) : redis.client.sendCommand(command)
    const repository = repositoryOn({ sendCommand }, { deadline: 50 })
    redis.texts.set('sess:id', empty)
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map((count) =>
        visit(repository, 'id', (values) => {
          isSilent = true
          values[`late${count}`] = 1
        }),
      ),
    )
    const reasons = outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason as Error & { code: string })
    expect(reasons.map(({ code }) => code)).toEqual(Array(3).fill('STORE_UNAVAILABLE'))
    expect(new Set(reasons).size).toBe(3)
    isSilent = false
    await visit(repository, 'id', (values) => void (values['next'] = 1))
    expect(Object.keys(valuesIn(redis.texts.get('sess:id')))).toEqual(['cookie', 'next'])
  })

  it('find that it was ended when the session of one before them has expired', async () => {
    let text: Text | undefined = empty
    const records = {
      operations: plainOperations({ deadlineMs: 1000 }),
      encode: (session: object) => ({ text: JSON.stringify(session), seconds: 'expired' in session ? 0 : 60 }),
      parse: async (text: Text) => JSON.parse(String(text)) as object,
      async replace(_id: unknown, expected: Text, encoded: Encoded): Promise<Replaced> {
        if (text === undefined) return { status: 'gone' }
        if (text !== expected) return { status: 'changed', text }
        text = encoded.seconds === 0 ? undefined : encoded.text
        return { status: 'replaced', text: encoded.text, endsAt: Infinity }
      },
    }
    const repository = compareAndSetRepository(
      records as Partial<CompareAndSetRecords> as CompareAndSetRecords,
      'merge',
    )
    const revision = { text: empty, endsAt: Infinity }
    const saved = ['first', 'second', 'expired', 'late'].map(async (key) => {
      const session = new Session({ sessionID: 'id' }, { [key]: 1 })
      session.cookie = new Cookie()
      const snapshot = { id: 'id', revision, contents: contentsOf({ cookie: session.cookie }) }
      const stored = await repository.operations.run((operation) => repository.save(operation, session, snapshot))
      return stored === undefined ? 'gone' : 'stored'
    })
    expect(await Promise.all(saved)).toEqual(['stored', 'stored', 'stored', 'gone'])
    expect(text).toBeUndefined()
  })
})
