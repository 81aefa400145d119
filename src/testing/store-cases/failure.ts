import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { type Handle, newHandle, newVersion } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { OpenedStore, StoreHarness } from '../store-harness.js'
import { answering, assertStored, existing, long } from './stage.js'

type WholeStore = ReturnType<typeof answering>

const calls: Record<string, (store: WholeStore, handle: Handle) => Promise<unknown>> = {
  load: (store, handle) => store.load(handle),
  insert: (store, handle) => store.insert(handle, 'text', long),
  replace: (store, handle) => store.replace(handle, newVersion(), 'text', long),
  renew: (store, handle) => store.renew(handle, newVersion(), 'text', long),
  remove: (store, handle) => store.remove(handle),
}

export function failureCases(harness: StoreHarness): ConformanceCase[] {
  const group = 'failure'
  const { unreachable, interrupted } = harness
  return [
    ...Object.entries(calls).map(([verb, call]): ConformanceCase => ({
      group,
      name: `while the backend is down, ${verb} rejects and never reports the session missing`,
      ...(unreachable ? {} : { skip: 'declares no `unreachable`, so nothing in it can fail' }),
      run: () =>
        using(
          () => harness.unreachable!(),
          ({ store }) => mustReject(verb, () => call(answering(store), newHandle())),
        ),
    })),
    {
      group,
      name: 'a store that failed works again once its backend is back',
      ...(interrupted ? {} : { skip: 'declares no `interrupted`, so its backend cannot be brought back' }),
      run: () =>
        using(
          () => harness.interrupted!(),
          async ({ store, recover }) => {
            await store.ready?.().catch(() => {})
            await mustReject('load', () => store.load(newHandle()))
            await recover()
            const recovered = answering(store)
            await recovered.ready()
            const { handle, ...record } = await existing(recovered)
            await assertStored(recovered, handle, record)
          },
        ),
    },
  ]
}

async function using<Opened extends OpenedStore>(
  open: () => Promise<Opened>,
  run: (opened: Opened) => Promise<void>,
): Promise<void> {
  const opened = await open()
  try {
    await run(opened)
  } finally {
    await opened.close()
  }
}

async function mustReject(verb: string, call: () => Promise<unknown>): Promise<void> {
  const giveUp = new AbortController()
  const outcome = await Promise.race([
    (async () => call())().then(
      (answer) => `resolved with ${JSON.stringify(answer)}`,
      () => 'rejected',
    ),
    wait(3_000, 'did neither resolve nor reject within 3 s', { signal: giveUp.signal }),
  ])
  giveUp.abort()
  assert.equal(outcome, 'rejected', `${verb} ${outcome} while the backend was down`)
}
