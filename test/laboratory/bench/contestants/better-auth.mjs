// better-auth's check who is signed in, on Express, with its sessions in Redis and its users in memory.
import { randomUUID } from 'node:crypto'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { fromNodeHeaders } from 'better-auth/node'
import { serveWithExpress } from './on-express.mjs'
import { plainNodeRedis } from './redis-clients.mjs'
import { nobody } from './visitor-data.mjs'

export const contestants = {
  async 'better-auth'({ redis }) {
    const auth = authOn(await plainNodeRedis(redis))
    const who = async (request) => {
      const found = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) })
      return found?.user.name ?? nobody
    }
    return serveWithExpress([], {
      async start(_request, _size, name, response) {
        const body = { name, email: `${randomUUID()}@example.org`, password: 'not a secret' }
        const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true })
        response.setHeader('Set-Cookie', headers.getSetCookie())
        return name
      },
      read: who, // a route more, as the others have
      who,
    })
  },
}

function authOn(client) {
  return betterAuth({
    baseURL: 'http://127.0.0.1',
    secret: 'a secret of at least thirty-two characters',
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    // Hashing passwords is not what is measured.
    emailAndPassword: { enabled: true, password: { hash: async (text) => text, verify: async () => true } },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    secondaryStorage: {
      get: (key) => client.get(key),
      set: (key, value, ttl) => client.set(key, value, ttl ? { EX: ttl } : {}),
      delete: (key) => client.del(key),
    },
  })
}
