// The libraries that are measured: ours as it is built, and those of test/compatibility.
import { createRequire } from 'node:module'
import { createClient, createCluster } from 'redis'
import { createSessions } from 'sessera'
import { httpSessions } from 'sessera/http'
import { redisStore } from 'sessera/redis'

const require = createRequire(import.meta.url)
const requirePeer = createRequire(new URL('../../../compatibility/package.json', import.meta.url))

/** express-session and connect-redis, or what is used in their place. */
export function loadPair(name) {
  const load = name === 'pair' ? (path) => requirePeer(path) : (path) => require(`sessera/${path}`)
  return { session: load('express-session'), RedisStore: load('connect-redis').RedisStore }
}

/** A connected client of one server, or of a Cluster if there are several. */
export async function connect(ports) {
  const [first, ...others] = ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }))
  // The timeout of node-redis costs more than the command, and a measurement must not end by it.
  const commandOptions = { timeout: undefined }
  const client =
    others.length === 0
      ? createClient({ ...first, commandOptions })
      : createCluster({ rootNodes: [first, ...others], defaults: { commandOptions } })
  client.on('error', (error) => console.error(error))
  await client.connect()
  return client
}

// Thousands of requests at the same moment wait for each other, on one core.
const deadline = '30s'

/** Our sessions, over plain HTTP. */
export function openNative(client) {
  return createSessions({ store: redisStore({ client }), cookie: { secure: false }, deadline })
}

/** A listener for node:http that passes `handler` the request, the response, and what it needs of the session. */
export function listenerOf(name, client, handler) {
  if (name === 'bare') return (request, response) => handler(request, response, { data: {} })
  if (name === 'native') return httpSessions(openNative(client), handler)
  const { session, RedisStore } = loadPair(name)
  const middleware = session({
    store: new RedisStore({ client, deadline }), // which only ours knows
    secret: 'only for measuring',
    resave: false,
    saveUninitialized: false,
    cookie: { sameSite: 'lax', maxAge: 86_400_000 },
  })
  return (request, response) =>
    middleware(request, response, () => {
      const { session } = request
      handler(request, response, {
        data: session,
        get userId() {
          return session.user
        },
        signIn: (userId) => (session.user = userId),
      })
    })
}
