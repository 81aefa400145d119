import { createSessions, InvalidOptionError, memoryStore } from 'sessera'
import { callbackStore } from 'sessera/callback-store'
import { expressSessions } from 'sessera/express'
import { session } from 'sessera/express-session'
import { httpSessions } from 'sessera/http'
import { lmdbStore } from 'sessera/lmdb'
import { redisStore } from 'sessera/redis'
import { describe, expect, it } from 'vitest'

const clients: Record<string, object> = {
  'node-redis': { sendCommand() {}, get() {}, set() {}, destroy() {}, on() {} },
  ioredis: { sendCommand() {}, call() {}, callBuffer() {}, get() {}, set() {} },
  'valkey-glide': { customCommand() {}, get() {}, set() {} },
}
const { MemoryStore } = session
const [client] = Object.values(clients)
const promise = Promise.resolve(client)
const sessions = createSessions({ store: memoryStore() })

type Make = (value: never) => unknown
const handed: readonly [what: string, make: Make, value: unknown, option: string, text: string][] = [
  ['createSessions(promise)', createSessions, promise, 'options', 'did you forget await?'],
  ['createSessions(store)', createSessions, memoryStore(), 'options', 'pass { store }'],
  ['createSessions(other store)', createSessions, new MemoryStore(), 'options', 'callbackStore({ store })'],
  ['createSessions({ store: promise })', createSessions, { store: promise }, 'store', 'did you forget await?'],
  ['createSessions({ store: sessions })', createSessions, { store: sessions }, 'store', 'pass a store'],
  ['createSessions({ store: other })', createSessions, { store: new MemoryStore() }, 'store', 'callbackStore'],
  ['redisStore(promise)', redisStore, promise, 'options', 'did you forget await?'],
  ['redisStore({ client: promise })', redisStore, { client: promise }, 'client', 'did you forget await?'],
  ['redisStore({ client: store })', redisStore, { client: memoryStore() }, 'client', 'pass the Redis client'],
  ['redisStore({ client: other })', redisStore, { client: new MemoryStore() }, 'client', 'pass the Redis client'],
  ['lmdbStore(path)', lmdbStore, '/tmp/sessions', 'options', 'pass { path }'],
  ['lmdbStore(nothing)', lmdbStore, undefined, 'options', 'must be an object'],
  ['memoryStore(session)', memoryStore, () => {}, 'options', 'must be an object'],
  ['memoryStore(number)', memoryStore, 100, 'options', 'must be an object'],
  ['callbackStore(store)', callbackStore, new MemoryStore(), 'options', 'pass { store }'],
  ['callbackStore({ store: promise })', callbackStore, { store: promise }, 'store', 'did you forget await?'],
  ['callbackStore({ store: native })', callbackStore, { store: memoryStore() }, 'store', 'as it is'],
  ['callbackStore({ store: client })', callbackStore, { store: client }, 'store', 'redisStore({ client })'],
  ['expressSessions(options)', expressSessions, { store: memoryStore() }, 'sessions', 'pass createSessions(options)'],
  ['expressSessions(store)', expressSessions, memoryStore(), 'sessions', 'pass createSessions({ store })'],
  ['expressSessions(promise)', expressSessions, Promise.resolve(sessions), 'sessions', 'did you forget await?'],
  [
    'httpSessions(store)',
    (value) => httpSessions(value, () => {}),
    memoryStore(),
    'sessions',
    'createSessions({ store })',
  ],
  ...Object.entries(clients).flatMap(([name, value]): typeof handed => [
    [`createSessions(${name})`, createSessions, value, 'options', 'redisStore({ client })'],
    [`createSessions({ store: ${name} })`, createSessions, { store: value }, 'store', 'pass redisStore({ client })'],
    [`redisStore(${name})`, redisStore, value, 'options', 'is a Redis client; pass { client }'],
  ]),
]

describe('what is handed over by mistake', () => {
  it.each(handed)('is refused at the start, and told what to write: %s', (_what, make, value, option, text) => {
    let error: unknown
    try {
      make(value as never)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ option })
    expect((error as Error).message).toContain(text)
  })
})

describe('a timeout that is a number', () => {
  const names = ['idleTimeout', 'absoluteTimeout'] as const
  it.each(names)('%s of less than a second is refused: it was meant in other units', (name) => {
    for (const value of [1, 30, 999]) {
      expect(() => createSessions({ [name]: value })).toThrow(`Option ${name} is ${value} milliseconds`)
      expect(() => createSessions({ remember: { [name]: value } })).toThrow(`Option remember.${name} is ${value} mill`)
      expect(() => createSessions({ [name]: value })).toThrow(`'${value}m'`)
    }
  })

  it('is refused for the grace of a rotation, too, below a tenth of a second', () => {
    expect(() => createSessions({ rotationGrace: 10 })).toThrow('Option rotationGrace is 10 milliseconds')
    expect(() => createSessions({ rotationGrace: 100 })).not.toThrow()
  })

  it('is taken at its word as a text with a unit', () => {
    expect(() => createSessions({ idleTimeout: '500ms', rotationGrace: '1ms' })).not.toThrow()
    expect(() => createSessions({ idleTimeout: 1000 })).not.toThrow()
  })
})
