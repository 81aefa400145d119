import { RedisStore } from 'sessera/connect-redis'
import { Store } from '../express-session/api/store.js'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { recordEvents } from '../../test/support/record-events.js'
import { InvalidOptionError, StoreUnavailableError } from '../errors.js'
import {
  compareAndSetRecords,
  type CompareAndSetRecords,
} from '../express-session/repositories/compare-and-set-records.js'
import { handleOf } from '../express-session/repositories/session-id.js'

type Command = readonly [name: string, ...parameters: string[]]

/** A client that records its commands and answers each by its name. A script gets the reply to `GET` or `DEL`. */
function fakeClient(replies: Record<string, unknown> = {}) {
  const commands: Command[] = []
  return {
    commands,
    async sendCommand(command: Command): Promise<unknown> {
      commands.push(command)
      const [name, , , , id] = command
      const within = name === 'EVALSHA' ? ['GET', 'DEL'].find((command) => command in replies) : undefined
      const reply = replies[within ?? name]
      if (reply instanceof Error) throw reply
      return within === undefined ? reply : [id, reply, -1]
    },
  }
}

describe('RedisStore', () => {
  it('has the options of connect-redis as its fields, and its defaults', () => {
    const client = fakeClient()
    const defaults = { prefix: 'sess:', ttl: 86_400, scanCount: 100, disableTouch: false, disableTTL: false }
    expect(new RedisStore({ client })).toMatchObject({ client, ...defaults, serializer: JSON })
    const empty = { prefix: undefined, ttl: 0, scanCount: 0, serializer: undefined, disableTouch: undefined }
    expect(new RedisStore({ client, ...empty })).toMatchObject(defaults)
    const given = {
      prefix: '',
      ttl: () => 60,
      scanCount: 7,
      serializer: { parse: JSON.parse, stringify: JSON.stringify },
      disableTTL: true,
    }
    expect(new RedisStore({ client, ...given })).toMatchObject(given)
  })

  it.each([
    ['client', undefined],
    ['client', {}],
    ['client', 'redis://user:password@127.0.0.1'],
    ['prefix', 5],
    ['scanCount', -1],
    ['scanCount', 1.5],
    ['scanCount', 'many'],
    ['serializer', {}],
    ['ttl', -1],
    ['ttl', 'a day'],
    ['deadline', 0],
    ['deadline', 'soon'],
  ])('refuses %s %o', (option, value) => {
    const create = (): unknown => new RedisStore({ client: fakeClient(), [option]: value })
    expect(create).toThrow(InvalidOptionError)
    expect(create).toThrow(new RegExp(`^Option ${option} must `))
    expect(create).not.toThrow(/password/)
  })

  it('refuses a deadline that no timer can wait for', () => {
    const create = (deadline: '24d' | '25d'): unknown => new RedisStore({ client: fakeClient(), deadline })
    expect(() => create('25d')).toThrow(new InvalidOptionError('deadline', 'is longer than a timer can wait'))
    expect(() => create('24d')).not.toThrow()
  })

  it('refuses to be made without options, by naming the client', () => {
    expect(() => new RedisStore(undefined as never)).toThrow('Option client must be')
  })

  it('takes an ioredis client that puts its own prefix before keys', () => {
    const client = new Redis({ lazyConnect: true, keyPrefix: 'app:' })
    expect(new RedisStore({ client }).prefix).toBe('sess:')
  })

  it('is a store, can be extended, and gives the class when it is called as a function', () => {
    class Extended extends RedisStore {}
    const store = new Extended({ client: fakeClient() })
    for (const Class of [Extended, RedisStore, Store]) expect(store).toBeInstanceOf(Class)
    expect(RedisStore({})).toBe(RedisStore)
    expect(new RedisStore({ client: fakeClient() }).constructor).toBe(RedisStore)
    expect(RedisStore.name).toBe('RedisStore')
  })
})

const refusal = new Error('refused')
const session = { cookie: { originalMaxAge: null }, user: 'ada' }

/** The methods, the server's replies, and what the methods give for them. */
const methods: readonly [
  method: string,
  parameters: readonly unknown[],
  replies: Record<string, unknown>,
  value: unknown,
][] = [
  ['get', ['id'], { GET: JSON.stringify(session) }, session],
  ['get', ['id'], { GET: null }, null],
  ['set', ['id', session], { SET: 'OK' }, undefined],
  ['touch', ['id', session], { EXPIRE: 0 }, undefined],
  ['destroy', ['id'], { DEL: 0 }, undefined],
  ['clear', [], { SCAN: ['0', ['sess:a']], DEL: 1 }, undefined],
  ['length', [], { SCAN: ['0', ['sess:a', 'sess:b']] }, 2],
  ['ids', [], { SCAN: ['0', ['sess:a', 'sess:b', 'sess:a']] }, ['a', 'b']],
  ['all', [], { SCAN: ['0', ['sess:a']], GET: JSON.stringify(session) }, [{ ...session, id: 'a' }]],
]

describe.each(methods)('%s(%j)', (method, parameters, replies, value) => {
  const call = (given: Record<string, unknown>, ...more: unknown[]): Promise<unknown> => {
    const store = new RedisStore({ client: fakeClient(given) })
    return (store as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>)[method]!(
      ...parameters,
      ...more,
    )
  }
  const refusing = Object.fromEntries(Object.keys(replies).map((name) => [name, refusal]))

  it('returns a promise', async () => {
    expect(await call(replies)).toEqual(value)
    await expect(call(refusing)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503, cause: refusal })
  })

  it('calls the callback once, and then resolves with what it returned', async () => {
    const calls: unknown[][] = []
    const callback = (...values: unknown[]): number => calls.push(values)
    expect(await call(replies, callback)).toBe(1)
    expect(calls).toEqual([[null, value]])
    expect(await call(refusing, callback)).toBe(2)
    expect(calls).toEqual([
      [null, value],
      [expect.any(StoreUnavailableError), null],
    ])
  })

  it('calls a callback that throws only once, and its exception stays uncaught', async () => {
    const bug = new Error('in the callback')
    const thrown = catchUncaught()
    let calls = 0
    const callback = (): void => {
      calls += 1
      throw bug
    }
    expect(await call(replies, callback)).toBeUndefined()
    expect(await call(refusing, callback)).toBeUndefined()
    expect([calls, thrown]).toEqual([2, [bug, bug]])
  })
})

/** Collects uncaught exceptions until the test ends, in place of the usual listeners. */
function catchUncaught(): unknown[] {
  const event = 'uncaughtException'
  const others = process.listeners(event)
  const thrown: unknown[] = []
  process.removeAllListeners(event).on(event, (error) => thrown.push(error))
  onTestFinished(() => {
    process.removeAllListeners(event)
    for (const listener of others) process.on(event, listener)
  })
  return thrown
}

describe('a session', () => {
  it('is read by a serializer that returns promises, also in lists', async () => {
    const parse = async (text: string): Promise<object> => JSON.parse(text)
    const client = fakeClient({ GET: '{"user":"ada"}', SCAN: ['0', ['sess:a']] })
    const store = new RedisStore({ client, serializer: { parse, stringify: JSON.stringify } })
    expect(await store.get('a')).toEqual({ user: 'ada' })
    expect(await store.all()).toEqual([{ user: 'ada', id: 'a' }])
  })

  it.each(['{"user":', '5', 'null', '""', ''])('stored as %j counts as absent, and an event says so', async (text) => {
    const unreadable = recordEvents('record-unreadable')
    const store = new RedisStore({ client: fakeClient({ GET: text, SCAN: ['0', ['sess:a']] }) })
    expect(await store.get('a')).toBeNull()
    expect(await store.all()).toEqual([])
    const event = { handle: handleOf('a'), reason: 'corrupt' }
    expect(unreadable).toEqual([event, event])
  })

  it('without a JSON form is not stored, and does not count as a failure of the server', async () => {
    const client = fakeClient({ SET: 'OK' })
    const store = new RedisStore({ client })
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    for (let count = 0; count < 6; count += 1) {
      await expect(store.set('a', cyclic)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        cause: expect.any(TypeError),
      })
    }
    await store.set('a', session)
    const stored = client.commands.filter((command) => command[0] === 'SET' && !command.includes('IFEQ'))
    expect(stored).toHaveLength(1)
  })
})

describe('the server', () => {
  it('that does not answer rejects at the deadline, and after several failures is not called for a while', async () => {
    const commands: string[] = []
    const sendCommand = ([name]: Command): Promise<unknown> => {
      commands.push(name)
      return new Promise(() => {})
    }
    const store = new RedisStore({ client: { sendCommand }, deadline: 20 })
    const calls = [store.get('a'), store.set('b', session), store.touch('c', session), store.destroy('d'), store.ids()]
    for (const call of calls) await expect(call).rejects.toThrow('did not answer within 20 ms')
    expect(commands).toEqual(['EVALSHA', 'SET', 'EXPIRE', 'EVALSHA', 'SCAN'])
    await expect(store.get('a')).rejects.toThrow('keeps failing, so it was not called')
    expect(commands).toHaveLength(5)
  })

  it('may take longer for a list than the deadline, as long as it answers each step', async () => {
    let steps = 0
    const sendCommand = async (): Promise<unknown> => {
      await new Promise((resolve) => setTimeout(resolve, 40))
      steps += 1
      return [steps < 20 ? String(steps) : '0', [`sess:${steps}`]]
    }
    const store = new RedisStore({ client: { sendCommand }, deadline: 500 })
    expect(await store.length()).toBe(20)
  })

  it.each([undefined, {}, ['x']])(
    'that answers %j is an error: nothing counts as done, or as not found',
    async (reply) => {
      const calls: ((store: RedisStore, records: CompareAndSetRecords) => Promise<unknown>)[] = [
        (store) => store.get('a'),
        (store) => store.set('a', session),
        (store) => store.touch('a', session),
        (store) => store.destroy('a'),
        (store) => store.ids(),
        (_, records) => records.load('a'),
        (_, records) => records.replace('a', 'text', records.encode(session)),
      ]
      for (const call of calls) {
        const store = new RedisStore({ client: { sendCommand: async () => reply } })
        await expect(call(store, store[compareAndSetRecords]()!)).rejects.toThrow(
          /unexpected reply|the record of another session/,
        )
      }
    },
  )
})

describe('lists', () => {
  it('match the prefix literally, not as a pattern', async () => {
    const client = fakeClient({ SCAN: ['0', []] })
    await new RedisStore({ client, prefix: String.raw`a*b?[c]\d:`, scanCount: 7 }).ids()
    expect(client.commands).toEqual([['SCAN', '0', 'MATCH', String.raw`a\*b\?\[c\]\\d:*`, 'COUNT', '7']])
  })

  it('fail when a Cluster is not connected, instead of being empty', async () => {
    const client = { ...fakeClient(), nodeClient: () => {}, masters: [] }
    await expect(new RedisStore({ client }).clear()).rejects.toThrow('knows no master')
  })

  it('do not count as an answer if no server was called', async () => {
    let asked = 0
    const sendCommand = async (): Promise<never> => {
      asked += 1
      throw Object.assign(new Error('no connection'), { code: 'ECONNREFUSED' })
    }
    const store = new RedisStore({ client: { sendCommand } })
    for (let count = 0; count < 3; count += 1) {
      await expect(store.get('a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      await expect(store.length()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    }
    expect(asked).toBe(5)
    await expect(store.get('a')).rejects.toThrow('keeps failing, so it was not called')
  })

  it('that are refused fail with the reason, and other calls go on', async () => {
    const refusal = new Error("NOPERM this user has no permissions to run the 'scan' command")
    const store = new RedisStore({ client: fakeClient({ SCAN: refusal, GET: '{"cookie":{}}' }) })
    for (let count = 0; count < 6; count += 1) {
      await expect(store.length()).rejects.toMatchObject({ code: 'STORE_REFUSED', cause: refusal })
    }
    expect(await store.get('a')).toEqual({ cookie: {} })
  })
})

describe('the middleware uses the atomic records', () => {
  const client = fakeClient()
  const methods = ['get', 'set', 'touch', 'destroy'] as const

  it('of an unmodified store', () => {
    expect(new RedisStore({ client })[compareAndSetRecords]()).toBeDefined()
    class Extended extends RedisStore {
      describe(): string {
        return this.prefix
      }
    }
    expect(new Extended({ client })[compareAndSetRecords]()).toBeDefined()
  })

  it.each(methods)('but not of a store whose %s was replaced', (method) => {
    const store = new RedisStore({ client })
    const own = store[method]
    store[method] = own.bind(store) as never
    expect(store[compareAndSetRecords]()).toBeUndefined()
    delete (store as Partial<RedisStore>)[method]
    expect(store[compareAndSetRecords]()).toBeDefined()
  })

  it('nor of a subclass that overrides a method', () => {
    class Extended extends RedisStore {
      override get(...values: Parameters<RedisStore['get']>): Promise<object> {
        return super.get(...values)
      }
    }
    expect(new Extended({ client })[compareAndSetRecords]()).toBeUndefined()
  })

  it.each(methods)('nor while %s is replaced on the prototype', (method) => {
    const { prototype } = RedisStore
    const own = prototype[method]
    onTestFinished(() => void Object.assign(prototype, { [method]: own }))
    Object.assign(prototype, { [method]: () => {} })
    expect(new RedisStore({ client })[compareAndSetRecords]()).toBeUndefined()
  })

  it('and refuses one that belongs to another session, with an event', async () => {
    const mismatches = recordEvents('record-mismatch')
    const client = { sendCommand: async () => ['other', '{"cookie":{},"user":"bob"}', 60_000] }
    const store = new RedisStore({ client })
    const records = store[compareAndSetRecords]()!
    await expect(store.get('id')).rejects.toMatchObject({ code: 'RECORD_MISMATCH', status: 503 })
    await expect(records.load('id')).rejects.toMatchObject({ code: 'RECORD_MISMATCH' })
    await expect(records.replace('id', '{}', records.encode(session))).rejects.toMatchObject({
      code: 'RECORD_MISMATCH',
    })
    expect(mismatches).toEqual(Array.from({ length: 3 }, () => ({ handle: handleOf('id') })))
  })
})

describe('a session is due to be touched', () => {
  const isDue = (options: object, leftMs: number): boolean => {
    const records = new RedisStore({ client: fakeClient(), ttl: 100, ...options })[compareAndSetRecords]()!
    return records.isDue({}, performance.now() + leftMs)
  }

  it('after a tenth of its life, or if it would live a tenth too long', () => {
    expect([100_000, 90_500, 109_500].map((leftMs) => isDue({}, leftMs))).toEqual([false, false, false])
    expect([89_500, 0, 110_500, Infinity].map((leftMs) => isDue({}, leftMs))).toEqual([true, true, true, true])
  })

  it.each(['disableTouch', 'disableTTL'])('never with %s', (option) => {
    expect([0, Infinity].map((leftMs) => isDue({ [option]: true }, leftMs))).toEqual([false, false])
  })
})
