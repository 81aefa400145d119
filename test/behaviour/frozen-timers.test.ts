import { createSessions, memoryStore } from 'sessera'
import { RedisStore } from 'sessera/connect-redis'
import { callbackStore } from 'sessera/callback-store'
import { describe, expect, it } from 'vitest'
import { goThrough } from '../compatibility/express-session/bare.js'
import { onBoth } from '../compatibility/express-session/both.js'
import { ours as session } from '../compatibility/express-session/modules.js'
import { freezeTimers } from '../support/timers/frozen.js'

// What is done for an application must go on while its tests have put fake timers in the place of all of them.

const complete = { secret: 'keyboard cat', resave: false, saveUninitialized: false }
const silent = { get: () => {}, set: () => {}, destroy: () => {}, on: () => {} }
const never = (): Promise<never> => new Promise(() => {})

onBoth((session) => {
  describe('a MemoryStore under fake timers', () => {
    const data = { cookie: { originalMaxAge: null }, user: 'ada' }

    it.each(['get', 'set', 'touch', 'destroy', 'all', 'length', 'clear'] as const)(
      'calls back from %s',
      async (method) => {
        const store = new session.MemoryStore()
        freezeTimers()
        const parameters =
          { get: ['id'], destroy: ['id'], set: ['id', data], touch: ['id', data] }[method as 'get'] ?? []
        await new Promise((resolve) => {
          Reflect.apply(store[method], store, [...parameters, resolve])
        })
      },
    )
  })
})

describe('the drop-in under fake timers', () => {
  it('stores, loads, reloads, regenerates and destroys', async () => {
    const store = new session.MemoryStore()
    const middleware = session({ ...complete, store })
    freezeTimers()
    const request = await goThrough(middleware)
    const first = request.sessionID
    await request.session?.save()
    await request.session?.reload()
    await request.session?.regenerate()
    expect(request.sessionID).not.toBe(first)
    await request.session?.save()
    expect(Object.keys(store.sessions)).toEqual([request.sessionID])
    await request.session?.destroy()
    expect(store.sessions).toEqual({})
  })

  it('calls back, from sessions and from a RedisStore', async () => {
    const request = await goThrough(session({ ...complete, store: new session.MemoryStore() }))
    const store = new RedisStore({ client: { sendCommand: async () => ['0', []] } })
    freezeTimers()
    await new Promise((resolve) => void request.session?.save(resolve))
    await new Promise((resolve) => void request.session?.regenerate(resolve))
    await new Promise((resolve) => void store.length(resolve))
  })

  it('does not wait for a silent store longer than its deadline', async () => {
    const request = await goThrough(session({ ...complete, store: silent, deadline: 30 }))
    const store = new RedisStore({ client: { sendCommand: never }, deadline: 30 })
    freezeTimers()
    await expect(request.session?.save()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(store.get('id')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('asks a Redis that is loading its data a second time', async () => {
    let calls = 0
    const sendCommand = async ([_name, , , , about]: readonly string[]): Promise<unknown> => {
      if (calls++ === 0) throw new Error('LOADING Redis is loading the dataset in memory')
      return [about, null, -2]
    }
    const store = new RedisStore({ client: { sendCommand } })
    freezeTimers()
    await expect(store.get('id')).resolves.toBeNull()
  })
})

describe('the native API under fake timers', () => {
  it('opens, updates and commits', async () => {
    const sessions = createSessions({ store: memoryStore() })
    freezeTimers()
    const opened = await sessions.open(undefined, { secure: true })
    await opened.session.update((data) => void (data['count'] = 1))
    expect(await opened.commit(200)).toMatchObject({ setCookies: [expect.any(String)] })
  })

  it('writes to one session from two requests at once', async () => {
    const sessions = createSessions({ store: memoryStore() })
    const opened = await sessions.open(undefined, { secure: true })
    opened.session.data['count'] = 0
    const { setCookies } = await opened.commit(200)
    const cookie = setCookies[0]?.split(';', 1)[0]
    const requests = await Promise.all([1, 2, 3].map(() => sessions.open(cookie, { secure: true })))
    freezeTimers()
    await Promise.all(
      requests.map(({ session }) => session.update((data) => void (data['count'] = Number(data['count']) + 1))),
    )
    const { session } = await sessions.open(cookie, { secure: true })
    expect(session.data['count']).toBe(3)
  })

  it('does not wait for a silent store longer than its deadline', async () => {
    const hanging = createSessions({ store: { ...memoryStore(), insert: never }, deadline: 30 })
    const slow = callbackStore({ store: silent, deadline: 30 })
    freezeTimers()
    const opened = await hanging.open(undefined, { secure: true })
    opened.session.data['count'] = 1
    await expect(opened.commit(200)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(slow.load('abcdefghijklmnopqrstug' as never)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})
