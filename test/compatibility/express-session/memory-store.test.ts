import { afterEach, describe, expect, it, vi } from 'vitest'
import { onBoth } from './both.js'

type Callback = (error?: unknown, value?: unknown) => void
const calledBack = (call: (done: Callback) => unknown): Promise<unknown[]> =>
  new Promise((resolve) => void call((...values) => resolve(values)))

const now = new Date('2030-01-01T00:00:00Z')
const lasting = { cookie: { expires: null }, user: 'ada' }
const until = (ms: number) => ({ cookie: { expires: new Date(now.getTime() + ms).toISOString() }, user: 'grace' })

afterEach(() => {
  vi.useRealTimers()
})

onBoth(({ MemoryStore, Store, Cookie }) => {
  const filled = (): InstanceType<typeof MemoryStore> => {
    vi.useFakeTimers({ now, toFake: ['Date'] })
    const store = new MemoryStore()
    store.set('lasting', lasting)
    store.set('brief', until(1000))
    return store
  }

  describe('a memory store', () => {
    it('is a store', () => {
      expect(new MemoryStore()).toBeInstanceOf(Store)
    })

    it('keeps sessions as JSON by their ids, in an object that has nothing else', () => {
      const store = filled()
      expect(store.sessions).toEqual({ lasting: JSON.stringify(lasting), brief: JSON.stringify(until(1000)) })
      expect(Object.getPrototypeOf(store.sessions)).toBeNull()
      expect(new MemoryStore().sessions).not.toBe(store.sessions)
    })

    it('gives back what was stored, and shares nothing of it', async () => {
      const store = filled()
      const data = { cookie: {}, list: [1] }
      store.set('apple', data)
      data.list.push(2)
      const [error, one] = await calledBack((done) => store.get('apple', done))
      expect([error, one]).toEqual([null, { cookie: {}, list: [1] }])
      expect((await calledBack((done) => store.get('apple', done)))[1]).not.toBe(one)
    })

    it.each(['none', '__proto__', 'toString'])('has no session %s', async (id) => {
      expect(await calledBack((done) => filled().get(id, done))).toEqual([null, undefined])
    })

    it('may be given any id', async () => {
      const store = filled()
      for (const id of ['__proto__', 'toString', '', 'a b']) {
        await calledBack((done) => store.set(id, { cookie: {}, id }, done))
        expect(await calledBack((done) => store.get(id, done))).toEqual([null, { cookie: {}, id }])
      }
    })

    it('stores a cookie as that says', () => {
      const store = filled()
      store.set('apple', { cookie: new Cookie({ path: '/app' }) })
      expect(store.sessions['apple']).toBe(
        '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/app"}}',
      )
    })

    it('forgets what has expired when it is asked for it', async () => {
      const store = filled()
      vi.setSystemTime(now.getTime() + 999)
      expect(await calledBack((done) => store.get('brief', done))).toEqual([null, until(1000)])
      vi.setSystemTime(now.getTime() + 1000)
      expect(Object.keys(store.sessions)).toEqual(['lasting', 'brief'])
      expect(await calledBack((done) => store.get('brief', done))).toEqual([null, undefined])
      expect(Object.keys(store.sessions)).toEqual(['lasting'])
    })

    it('shows all that have not expired, by id', async () => {
      const store = filled()
      expect(await calledBack((done) => store.all(done))).toEqual([null, { lasting, brief: until(1000) }])
      expect(await calledBack((done) => store.length(done))).toEqual([null, 2])
      vi.setSystemTime(now.getTime() + 1000)
      const [error, all] = await calledBack((done) => store.all(done))
      expect([error, all]).toEqual([null, { lasting }])
      expect(Array.isArray(all)).toBe(false)
      expect(Object.keys(store.sessions)).toEqual(['lasting'])
      expect(await calledBack((done) => store.length(done))).toEqual([null, 1])
    })

    it('touches the cookie only', async () => {
      const store = filled()
      const session = { ...until(5000), user: 'changed', more: 1 }
      expect(await calledBack((done) => store.touch('brief', session, done))).toEqual([])
      expect(await calledBack((done) => store.get('brief', done))).toEqual([null, until(5000)])
    })

    it('touches nothing that is not there, or is no longer', async () => {
      const store = filled()
      vi.setSystemTime(now.getTime() + 1000)
      for (const id of ['none', 'brief'])
        expect(await calledBack((done) => store.touch(id, until(5000), done))).toEqual([])
      expect(Object.keys(store.sessions)).toEqual(['lasting'])
    })

    it('destroys one, and whatever is not there', async () => {
      const store = filled()
      for (const id of ['brief', 'brief', 'none'])
        expect(await calledBack((done) => store.destroy(id, done))).toEqual([])
      expect(Object.keys(store.sessions)).toEqual(['lasting'])
    })

    it('clears all', async () => {
      const store = filled()
      expect(await calledBack((done) => store.clear(done))).toEqual([])
      expect(Object.keys(store.sessions)).toEqual([])
      expect(Object.getPrototypeOf(store.sessions)).toBeNull()
    })

    it('needs no callbacks where there is nothing to tell', () => {
      const store = filled()
      store.set('apple', lasting)
      store.touch('apple', until(5000))
      store.destroy('brief')
      expect(Object.keys(store.sessions)).toEqual(['lasting', 'apple'])
      store.all(undefined as never)
      store.clear()
      expect(Object.keys(store.sessions)).toEqual([])
    })

    it('does its work at once and calls back later', async () => {
      const store = filled()
      const order: string[] = []
      const note = (name: string) => (): void => void order.push(name)
      store.set('apple', lasting, note('set'))
      store.touch('apple', until(5000), note('touch'))
      store.get('apple', note('get'))
      store.all(note('all'))
      store.length(note('length'))
      store.destroy('apple', note('destroy'))
      store.clear(note('clear'))
      await Promise.resolve()
      await new Promise((resolve) => process.nextTick(resolve))
      order.push('now')
      await new Promise((resolve) => setImmediate(resolve))
      expect(order).toEqual(['now', 'set', 'touch', 'get', 'all', 'length', 'destroy', 'clear'])
    })
  })
})
