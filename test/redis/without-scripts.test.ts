import { createClient } from 'redis'
import { createSessions, newHandle, StoreRefusedError } from 'sessera'
import { RedisStore } from 'sessera/connect-redis'
import { redisStore } from 'sessera/redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { explainErrors } from '../../src/stores/redis/explain-errors.js'
import { startRedis, type RedisServer } from '../support/servers/redis.js'

const clear = {
  code: 'STORE_REFUSED',
  message: expect.stringMatching(/denies this user scripts \(EVAL, EVALSHA\).*docs\/redis\.md/) as unknown,
}

describe('a server on which scripts do not run', () => {
  let server: RedisServer
  let client: ReturnType<typeof createClient>
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())
  beforeEach(async () => {
    await server.command('FLUSHALL')
    await server.command('SCRIPT', 'FLUSH')
    await server.command('ACL', 'SETUSER', 'lacking', 'on', '>x', '~*', '+@all', '-eval', '-evalsha')
    client = createClient({ url: server.url, username: 'lacking', password: 'x' })
    client.on('error', () => {})
    await client.connect()
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  })
  afterEach(() => {
    vi.restoreAllMocks()
    client.destroy()
  })
  const grant = (): Promise<unknown> => server.command('ACL', 'SETUSER', 'lacking', '+eval', '+evalsha')

  it('refuses every sign-in with one clear error and stores nothing; reading still works', async () => {
    const sessions = createSessions({ store: redisStore({ client }) })
    for (let count = 0; count < 7; count++) {
      const { session, commit } = await sessions.open(undefined)
      session.signIn('ada')
      await expect(commit()).rejects.toMatchObject(clear)
    }
    expect(await server.command('DBSIZE')).toBe(0)
    await grant()
    const { session, commit } = await sessions.open(undefined)
    session.signIn('ada')
    const { setCookies } = await commit()
    await server.command('ACL', 'SETUSER', 'lacking', '-eval', '-evalsha')
    const cookie = setCookies[0]!.split(';')[0]!
    expect((await createSessions({ store: redisStore({ client }) }).open(cookie)).session.userId).toBe('ada')
    const leaving = await sessions.open(cookie)
    leaving.session.end()
    await expect(leaving.commit()).rejects.toMatchObject(clear)
  })

  it('says the same of each verb of the stores of both APIs', async () => {
    const native = redisStore({ client })
    await expect(native.ready?.()).resolves.toBeUndefined()
    await expect(native.insert(newHandle(), 'text', 1000)).rejects.toMatchObject(clear)
    await expect(native.replace(newHandle(), 'x', 'text', 1000)).rejects.toMatchObject(clear)
    await expect(native.remove(newHandle())).rejects.toMatchObject(clear)
    const dropIn = new RedisStore({ client })
    await expect(dropIn.set('id', { cookie: {} })).rejects.toMatchObject(clear)
    expect(await dropIn.get('id')).toBeNull() // reading needs no scripts
    await expect(dropIn.destroy('id')).rejects.toMatchObject(clear)
    expect(await server.command('DBSIZE')).toBe(0)
    await grant()
    await dropIn.set('id', { cookie: {} })
    expect(await dropIn.get('id')).toEqual({ cookie: {} })
  })
})

describe('a script that is refused', () => {
  const answer = async (message: string, command: 'EVAL' | 'EVALSHA' | 'GET'): Promise<unknown> => {
    const send = explainErrors(async () => Promise.reject(new Error(message)))
    return send('key', [command, 'x']).catch((error: unknown) => error)
  }

  it.each([
    "NOPERM User app has no permissions to run the 'evalsha' command",
    'NOPERM this user has no permissions to run the eval command or its subcommand',
    "ERR unknown command 'EVALSHA', with args beginning with: 'a' 'b'",
    'ERR unknown command `EVAL`',
    "ERR Could not find scripting engine 'lua'",
    "ERR 'eval' command is not allowed on this instance",
    "ERR command 'EVAL' is disabled",
    'ERR unsupported command',
    "An error was signalled by the server: - PermissionDenied: this user has no permissions to run the 'eval' command",
  ])('as such has that error, however the server words it: %s', async (message) => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    for (const command of ['EVAL', 'EVALSHA'] as const) {
      const error = await answer(message, command)
      expect(error).toBeInstanceOf(StoreRefusedError)
      expect(error).toMatchObject({ ...clear, cause: expect.any(Error) as unknown })
    }
    expect(await answer(message, 'GET')).not.toMatchObject(clear)
    vi.restoreAllMocks()
  })

  it.each([
    'NOSCRIPT No matching script.',
    "ERR The user executing the script can't run this command or subcommand script: 4a2b, on @user_script:1.",
    'ERR Unknown Redis command called from script script: 4a2b, on @user_script:1.',
    "OOM command not allowed when used memory > 'maxmemory'.",
    'NOPERM No permissions to access a key',
    'LOADING Redis is loading the dataset in memory',
  ])('for another reason has another error: %s', async (message) => {
    expect(await answer(message, 'EVALSHA')).not.toMatchObject(clear)
  })
})
