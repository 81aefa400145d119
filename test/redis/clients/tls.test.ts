import { createSessions, StoreUnavailableError } from 'sessera'
import { redisStore } from 'sessera/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority, hasOpenssl, type Authority } from '../../support/servers/certificates.js'
import { findFreePort, startRedis, type RedisServer } from '../../support/servers/redis.js'
import { libraries, type Connection } from './clients.js'
import { useEveryVerb } from './users.js'

const canRun = await hasOpenssl()
const name = canRun ? 'over TLS' : 'over TLS (skipped: openssl, which makes the certificates, is not installed)'

// In CI nothing may be missing.
describe.skipIf(!canRun && !process.env.CI)(name, () => {
  let authority: Authority
  let stranger: Authority
  let server: RedisServer
  let port: number
  let misnamed: RedisServer
  let misnamedPort: number
  beforeAll(async () => {
    ;[authority, stranger] = await Promise.all([createAuthority(), createAuthority()])
    ;[port, server] = await startWithTls('IP:127.0.0.1')
    ;[misnamedPort, misnamed] = await startWithTls('DNS:another.example')
  })
  afterAll(async () => {
    await Promise.all([server?.stop(), misnamed?.stop()])
    await Promise.all([authority?.remove(), stranger?.remove()])
  })

  async function startWithTls(names: string): Promise<[number, RedisServer]> {
    for (let attempt = 1; ; attempt += 1) {
      const port = await findFreePort()
      try {
        return [port, await startRedis(...(await authority.settingsFor(port, names)))]
      } catch (error) {
        if (attempt === 3) throw error // else somebody took the port meanwhile
      }
    }
  }

  it.each(Object.values(libraries))('$name keeps sessions when it is given the authority', async ({ connect }) => {
    const { client, close } = await connect({ port, tls: { ca: authority.ca } })
    try {
      await useEveryVerb(redisStore({ client }))
    } finally {
      close()
    }
  })

  describe.each(Object.values(libraries))('$name refuses', ({ name, connect }) => {
    const addresses = {
      'a server whose authority it does not know': () => ({ port, tls: {} }),
      'a server of another authority': () => ({ port, tls: { ca: stranger.ca } }),
      'a server with another name': () => ({ port: misnamedPort, tls: { ca: authority.ca } }),
    }
    it.each(Object.entries(addresses))('%s, and a session is then an error', async (_server, address) => {
      await Promise.all([server, misnamed].map((one) => one.command('CONFIG', 'RESETSTAT')))
      if (name === 'valkey-glide') {
        await expect(connect(address())).rejects.toThrow('Connection error') // there is no client at all
      } else {
        await expectUnavailable(await connect(address()))
      }
      for (const one of [server, misnamed]) {
        expect(String(await one.command('INFO', 'commandstats'))).not.toMatch(/cmdstat_(?!config|info)/)
      }
    })
  })
})

/** Nothing of a session can be read or written, and the request is answered by an error. */
async function expectUnavailable({ client, close }: Connection): Promise<void> {
  const sessions = createSessions<{ cart: string }>({ store: redisStore({ client }), deadline: '10s' })
  try {
    const cookie = `__Host-session=${'h'.repeat(21)}g.${'s'.repeat(32)}`
    await expect(sessions.open(cookie, { secure: true })).rejects.toBeInstanceOf(StoreUnavailableError)
    const { session, commit } = await sessions.open(undefined, { secure: true })
    session.data.cart = 'tea'
    await expect(commit()).rejects.toBeInstanceOf(StoreUnavailableError)
  } finally {
    await sessions.close()
    close()
  }
}
