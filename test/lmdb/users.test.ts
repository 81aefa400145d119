import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createSessions, type Handle, newHandle, type SessionStore } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compileProgram } from '../support/compile-program.js'

const hour = 3_600_000
const timeout = 30_000
const script = await compileProgram(new URL('user-process.ts', import.meta.url))
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
let folder: string
let store: SessionStore
let users: NonNullable<SessionStore['users']>
let children: ChildProcess[]

beforeEach(() => {
  folder = mkdtempSync(join(base, 'sessera-users-'))
  store = lmdbStore({ path: folder })
  users = store.users!
  children = []
})

afterEach(async () => {
  await Promise.all(children.map(kill))
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs another process while this one stands still: its event loop does not turn, so nothing in it is refreshed by chance. */
function inAnotherProcess(...commandLine: string[]): unknown {
  return JSON.parse(execFileSync(process.execPath, [script, folder, ...commandLine], { encoding: 'utf8', timeout }))
}

function start(command: string): ChildProcess {
  const child = spawn(process.execPath, [script, folder, command], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  children.push(child)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** Waits for that many messages. Fails when the process ends instead. */
function messages(child: ChildProcess, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('A process ended by itself.'))
    const heard = (): void => {
      count -= 1
      if (count > 0) return
      child.off('message', heard).off('exit', ended)
      resolve()
    }
    child.on('message', heard).on('exit', ended)
  })
}

async function walk(list: (after?: string) => Promise<{ handles: readonly Handle[]; after: string | undefined }>) {
  const found: Handle[] = []
  let after: string | undefined
  do {
    const page = await list(after)
    found.push(...page.handles)
    after = page.after
  } while (after !== undefined)
  return found
}

const listed = (): Promise<Handle[]> => walk((after) => users.list('ada', after))

describe("a user's sessions in several processes on one lmdb folder", { timeout: 90_000 }, () => {
  it('are seen at once in all of them', async () => {
    expect(await listed()).toEqual([])
    const [handle] = inAnotherProcess('add', '1') as [Handle]
    expect(await listed()).toEqual([handle])
    const session = newHandle()
    await store.insert(session, 'text', hour)
    expect(await walk(store.list!)).toEqual([session])
  })

  it('are all entered when several processes add to them', async () => {
    const add = (): Promise<{ stdout: string }> =>
      promisify(execFile)(process.execPath, [script, folder, 'add', '300'], { timeout })
    const outputs = await Promise.all([add(), add(), add()])
    const handles = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as Handle[])
    expect((await listed()).sort()).toEqual(handles.sort())
    const entry = { handle: newHandle(), openedAt: users.moment(), lifetimeMs: hour }
    expect(await users.add('ada', entry)).toEqual({ status: 'added', others: 900 })
  })

  it('cannot be entered by a request that was opened before another process revoked them, but by one opened afterwards', async () => {
    const entry = { handle: newHandle(), lifetimeMs: hour }
    const openedAt = users.moment()
    expect(await users.add('ada', { ...entry, openedAt })).toMatchObject({ status: 'added' })
    expect(inAnotherProcess('revoke')).toBe(1)
    expect(await users.add('ada', { ...entry, openedAt })).toEqual({ status: 'revoked' })
    expect(await users.add('ada', { ...entry, openedAt: users.moment() })).toMatchObject({ status: 'added' })
    await users.revoke('ada')
    expect(inAnotherProcess('enter', newHandle())).toBe('added')
  })

  it('are all listed, and all ended, however the processes that sign in are killed', async () => {
    const sessions = createSessions({ store, cookie: { secure: false }, deadline: '20s' })
    const aliveOf = async (): Promise<Handle[]> => {
      const found = await Promise.all((await walk(store.list!)).map((handle) => sessions.find(handle)))
      return found.filter((info) => info?.userId === 'ada').map((info) => info!.handle)
    }
    for (let round = 0; round < 3; round++) {
      const pair = [start('signIn'), start('signIn')]
      await Promise.all(pair.map((child) => messages(child, 5 + 7 * round)))
      await sessions.user('ada').end() // while they sign in
      await Promise.all(pair.map((child) => messages(child, 1)))
      await Promise.all(pair.map(kill))
      const alive = await aliveOf()
      const inIndex = new Set(await listed())
      expect(alive.filter((handle) => !inIndex.has(handle))).toEqual([])
      expect(await sessions.user('ada').end()).toBe(alive.length)
      expect(await aliveOf()).toEqual([])
      expect(await sessions.user('ada').count()).toBe(0)
    }
    // The number of entries, too, is what it was.
    await users.drop('ada', await listed())
    const entry = { handle: newHandle(), openedAt: users.moment(), lifetimeMs: hour, limit: 1 }
    expect(await users.add('ada', entry)).toEqual({ status: 'added', others: 0 })
  })
})
