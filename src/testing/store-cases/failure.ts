import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { type Handle, newHandle, newVersion, type SessionStore } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { InterruptedStore, OpenedStore, StoreHarness } from '../store-harness.js'
import { answering, type WholeStore } from './answering.js'
import { listen, patience } from './ears.js'
import type { OptionalMember } from './optional-members.js'
import { assertStored, existing, long } from './stage.js'
import { assertEntries, entered, newEntry, newUser } from './user-stage.js'

type Calls = Record<string, (store: WholeStore, handle: Handle) => Promise<unknown>>

const calls: Calls = {
  load: (store, handle) => store.load(handle),
  insert: (store, handle) => store.insert(handle, 'text', long),
  replace: (store, handle) => store.replace(handle, newVersion(), 'text', long),
  renew: (store, handle) => store.renew(handle, newVersion(), 'text', long),
  remove: (store, handle) => store.remove(handle),
}

const callsOfUsers: Calls = {
  'users.add': (store, handle) => store.users.add('user', newEntry(store, { handle })),
  'users.revoke': (store) => store.users.revoke('user'),
  'users.list': (store) => store.users.list('user'),
  'users.drop': (store, handle) => store.users.drop('user', [handle]),
}

const callsOfJournal: Calls = {
  'journal.append': (store) => store.journal.append('user', 'entry', long, 100),
  'journal.read': (store) => store.journal.read('user'),
  'journal.clear': (store) => store.journal.clear('user'),
}

const callsOfList: Calls = { list: (store) => store.list() }

export function failureCases(harness: StoreHarness): ConformanceCase[] {
  const group = 'failure'
  const rejecting = (verbs: Calls, what: string, needs?: OptionalMember): ConformanceCase[] =>
    Object.entries(verbs).map(([verb, call]) => ({
      group,
      name: `while the backend is down, ${verb} rejects and never reports ${what} missing`,
      ...reasonToSkip(harness, 'unreachable', needs),
      run: () =>
        using(
          () => harness.unreachable!(),
          ({ store }) => mustReject(verb, () => call(answering(store, harness), newHandle())),
        ),
    }))
  const recovering = (
    name: string,
    call: (store: SessionStore) => Promise<unknown>,
    mustWork: (recovered: WholeStore) => Promise<void>,
    needs?: OptionalMember,
  ): ConformanceCase => ({
    group,
    name,
    ...reasonToSkip(harness, 'interrupted', needs),
    run: () =>
      using(
        () => harness.interrupted!(),
        async ({ store, recover }) => {
          await store.ready?.().catch(() => {})
          await mustReject('the first call', () => call(store))
          await recover()
          const recovered = answering(store, harness)
          await recovered.ready()
          await mustWork(recovered)
        },
      ),
  })
  return [
    ...rejecting(calls, 'the session'),
    ...rejecting(callsOfUsers, 'entries', 'users'),
    ...rejecting(callsOfList, 'sessions', 'list'),
    ...rejecting(callsOfJournal, 'entries', 'journal'),
    recovering(
      'a store that failed works again once its backend is back',
      (store) => store.load(newHandle()),
      async (recovered) => {
        const { handle, ...record } = await existing(recovered)
        await assertStored(recovered, handle, record)
      },
    ),
    recovering(
      'the users of a store that failed are found again once its backend is back',
      async (store) => store.users!.list(newUser()),
      async (recovered) => {
        const user = newUser()
        const handle = await entered(recovered, user)
        await assertEntries(recovered, user, [handle])
        const { moment: openedAt } = await recovered.users.revoke(user)
        await entered(recovered, user, { openedAt })
      },
      'users',
    ),
    {
      group: 'delivery of announcements',
      name: 'a watch that begins while the backend is down delivers once its backend is back, and says so',
      ...reasonToSkip(harness, 'interrupted', 'announcements'),
      run: () =>
        using(
          () => harness.interrupted!(),
          async (opened) => hearsOnceRecovered(opened, harness),
        ),
    },
  ]
}

async function hearsOnceRecovered({ store, recover }: InterruptedStore, harness: StoreHarness): Promise<void> {
  const { allHear, eventually } = patience(harness)
  const view = answering(store, harness)
  const ear = listen(view)
  await recover()
  await eventually('the watch delivers', () => ear.watch.delivers)
  assert.ok(ear.interruptions() > 0, 'it delivers, and interrupted() was not called')
  await view.announcements.announce('text')
  await allHear([ear], 'text')
}

const reasons = {
  unreachable: 'declares no `unreachable`, so nothing in it can fail',
  interrupted: 'declares no `interrupted`, so its backend cannot be brought back',
}

function reasonToSkip(harness: StoreHarness, opens: keyof typeof reasons, needs?: OptionalMember): { skip?: string } {
  if (harness[opens] === undefined) return { skip: reasons[opens] }
  return needs === undefined || harness[needs] ? {} : { skip: `does not declare \`${needs}\`` }
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
