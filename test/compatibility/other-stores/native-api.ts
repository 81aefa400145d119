import { newHandle, type Handle } from 'sessera'
import { callbackStore } from 'sessera/callback-store'
import { session } from 'sessera/express-session'
import { describeStore, type InterruptedStore, type StoreHarness, type StoreUnderTest } from 'sessera/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { useClock, type OpenedOtherStore, type OtherStore } from './other-store.js'

/** Hangs in the tests of a store behind `callbackStore`: the conformance suite, and what else is promised of it. */
export function describeNativeApi(other: OtherStore): void {
  describe(`${other.name} as the store of the native API`, () => {
    const advance = useClock(other)

    describeStore({ describe, it }, 'callbackStore', harnessOf(other, advance))

    async function open(): Promise<OpenedOtherStore['store']> {
      const { store, close } = await other.open(session)
      onTestFinished(async () => void (await close?.()))
      return store
    }

    it('has the values of a session where express-session has them, for what else reads them there', async () => {
      const store = await open()
      const handle = newHandle()
      await callbackStore({ store }).insert(handle, '1 p84wgn\n{"theme":"dark","cart":[1,{"id":2}]}', 60_000)
      const stored = await get(store, handle)
      expect(stored).toMatchObject({ theme: 'dark', cart: [1, { id: 2 }], cookie: { path: '/', httpOnly: true } })
      const cookie = stored!['cookie'] as { readonly expires: string }
      expect(Math.abs(new Date(cookie.expires).getTime() - Date.now() - 60_000)).toBeLessThan(10_000)
      expect(cookie).not.toHaveProperty('maxAge')
    })

    it('lets go of a session that is over', async () => {
      const store = await open()
      const handle = newHandle()
      await callbackStore({ store }).insert(handle, 'text', 1_000)
      expect(await get(store, handle)).toBeDefined()
      for (let tries = 1; tries <= 40 && (await get(store, handle)) !== undefined; tries++) await advance(200)
      expect(await get(store, handle)).toBeUndefined()
    })
  })
}

function harnessOf(other: OtherStore, advance: StoreUnderTest['advance']): StoreHarness {
  async function openBroken(): Promise<InterruptedStore> {
    const { store, close, breakDown, mend } = await other.openFragile!(session)
    await breakDown()
    return {
      store: callbackStore({ store }),
      recover: async () => void (await mend()),
      close: async () => void (await close?.()),
    }
  }
  return {
    atomicity: 'process',
    ...(other.realTime === undefined ? {} : { realTime: other.realTime }),
    ...(other.maxLifetimeMs === undefined ? {} : { maxLifetimeMs: other.maxLifetimeMs }),
    async open() {
      const { store, close } = await other.open(session)
      return { store: callbackStore({ store }), advance, close: async () => void (await close?.()) }
    },
    ...(other.openFragile ? { unreachable: openBroken, interrupted: openBroken } : {}),
  }
}

type Fields = Record<string, unknown>

function get(store: OpenedOtherStore['store'], id: Handle): Promise<Fields | undefined> {
  return new Promise((resolve, reject) => {
    store.get(id, (error: { code?: string } | null, stored?: object | null) => {
      if (error && error.code !== 'ENOENT') reject(new Error('get failed', { cause: error }))
      else resolve(stored ? (JSON.parse(JSON.stringify(stored)) as Fields) : undefined)
    })
  })
}
