import { setTimeout as sleep } from 'node:timers/promises'
import { createSessions, SesseraError } from 'sessera'
import { redisStore } from 'sessera/redis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newHandle, newVersion } from '../../src/store.js'
import { sendThrough } from '../../src/stores/redis/client.js'
import { recordEvents } from '../support/record-events.js'
import { startRedis, type RedisServer } from '../support/servers/redis.js'
import { testClients, type TestClient } from '../support/redis-clients.js'

let server: RedisServer
let connection: TestClient

describe.each(testClients)('a server that refuses, through $name', ({ connect }) => {
  beforeEach(async () => {
    server = await startRedis('--enable-protected-configs', 'yes')
    connection = await connect(server.url)
  })

  afterEach(async () => {
    connection.close()
    await server.stop()
  })

  /** Some backend with one deadline, and a visitor who is signed in. */
  async function signedIn() {
    const sessions = createSessions<{ text: string }>({
      store: redisStore({ client: connection.client }),
      cookie: { secure: false },
      deadline: '2s',
    })
    const opened = await sessions.open(undefined)
    opened.session.signIn('ada')
    const { setCookies } = await opened.commit()
    return { sessions, cookie: setCookies[0]!.split(';')[0]! }
  }

  const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined).catch((error) => error)

  /** Fills the memory, so that nothing new has room. */
  async function fill(): Promise<void> {
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
  }

  it('for lack of memory says so; reading, renewing and signing out still work, and nothing stored is lost', async () => {
    const { sessions, cookie } = await signedIn()
    await fill()
    const { session, commit } = await sessions.open(cookie)
    expect(session.userId).toBe('ada')
    session.data.text = 'new'
    expect(await failureOf(Promise.resolve(commit()))).toMatchObject({ code: 'STORE_FULL', status: 503 })
    const stranger = await sessions.open(undefined)
    stranger.session.signIn('bob')
    expect(await failureOf(Promise.resolve(stranger.commit()))).toMatchObject({ code: 'STORE_FULL' })

    for (let turn = 0; turn < 10; turn++) expect((await sessions.open(cookie)).session.userId).toBe('ada')
    const leaving = await sessions.open(cookie)
    leaving.session.end()
    await leaving.commit()
    expect((await sessions.open(cookie)).session.userId).toBeUndefined()
  })

  it('for want of memory still lets a session be renewed', async () => {
    const store = redisStore({ client: connection.client })
    const handle = newHandle()
    const version = (await store.insert(handle, 'text', 1_000))!
    await fill()
    expect(await store.renew!(handle, version, 'later', 60_000)).toMatchObject({ status: 'replaced' })
    expect(Number(await server.command('PTTL', `sessera:${handle}`))).toBeGreaterThan(10_000)
    expect(await store.load(handle)).toMatchObject({ text: 'later' })
    expect(await store.renew!(handle, newVersion(), 'other', 60_000)).toMatchObject({ status: 'changed' })
  })

  it('for want of memory, and is older than Redis 7, fails to renew, and is read and signed out of all the same', async () => {
    const send = sendThrough(connection.client)
    const old = {
      async sendCommand(command: [string, ...string[]]) {
        if (command[1]?.startsWith('#!lua')) throw new Error('ERR Error compiling script (new function): user_script:1')
        return send('', command)
      },
    }
    const store = redisStore({ client: old })
    const handle = newHandle()
    const version = (await store.insert(handle, 'text', 60_000))!
    await fill()
    await expect(store.renew!(handle, version, 'later', 60_000)).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(await store.load(handle)).toMatchObject({ text: 'text' })
    expect(await store.remove(handle)).toBe('removed')
  })

  it('for a moment only is asked once more, and answers', async () => {
    const { sessions, cookie } = await signedIn()
    await server.command('REPLICAOF', '127.0.0.1', '1')
    const failures = recordEvents('store-failed')
    const { session, commit } = await sessions.open(cookie)
    session.data.text = 'new'
    const committed = commit()
    await sleep(20)
    await server.command('REPLICAOF', 'NO', 'ONE')
    await committed
    expect(failures).toEqual([])
    expect((await sessions.open(cookie)).session.data.text).toBe('new')
  })

  it('because it is read-only says so, and does not open the breaker for reading', async () => {
    const { sessions, cookie } = await signedIn()
    await server.command('REPLICAOF', '127.0.0.1', '1')
    for (let turn = 0; turn < 6; turn++) {
      const { session, commit } = await sessions.open(cookie)
      session.data.text = 'new'
      const error = await failureOf(Promise.resolve(commit()))
      expect(error).toMatchObject({ code: 'STORE_REFUSED', status: 503, message: expect.stringContaining('read-only') })
      expect((error as Error).cause).toBeInstanceOf(Error)
    }
    const leaving = await sessions.open(cookie)
    leaving.session.end()
    expect(await failureOf(Promise.resolve(leaving.commit()))).toMatchObject({ code: 'STORE_REFUSED' })
    expect((await sessions.open(cookie)).session.userId).toBe('ada')
  })

  it('because it cannot save to its disk fails writing and signing out, not reading', async () => {
    const { sessions, cookie } = await signedIn()
    await server.command('CONFIG', 'SET', 'dir', '/proc')
    await server.command('CONFIG', 'SET', 'save', '1 1')
    await failureOf(server.command('BGSAVE'))
    await expect
      .poll(() => server.command('SET', 'other', 'x').then(() => '', String), { timeout: 10_000 })
      .toContain('MISCONF')
    const { session, commit } = await sessions.open(cookie)
    expect(session.userId).toBe('ada')
    session.end()
    expect(await failureOf(Promise.resolve(commit()))).toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('disk'),
    })
  })

  it('because the user may not do that says so', async () => {
    const { sessions, cookie } = await signedIn()
    await server.command('ACL', 'SETUSER', 'default', '-get')
    const error = await failureOf(sessions.open(cookie))
    expect(error).toMatchObject({ code: 'STORE_REFUSED', message: expect.stringContaining('grant') })
    expect(SesseraError.is(error)).toBe(true)
  })
})
