// What a user writes, for each compiler and way of resolving modules; also run. It needs no types but those of Node.
import { createServer } from 'node:http'
import { createSessions, memoryStore, SesseraError, type Session, type SessionStore } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'
import { httpSessions } from 'sessera/http'
import { lmdbStore } from 'sessera/lmdb'
import { redisStore } from 'sessera/redis'
import { describeStore, fakeClock, gate } from 'sessera/testing'

interface Shop {
  cart: string[]
  theme?: 'light' | 'dark'
}

const stores: Record<string, () => SessionStore> = {
  memory: () => memoryStore(),
  lmdb: () => lmdbStore({ path: 'sessions' }),
  redis: () => redisStore({ client: { sendCommand: async () => null } }),
}
const sessions = createSessions<Shop>({ store: memoryStore(), idleTimeout: '1h' })

export const plain = createServer(
  httpSessions(sessions, (request, response, session: Session<Shop>) => {
    session.data.cart = [...(session.data.cart ?? []), request.url ?? '']
    response.end(session.userId)
  }),
)

const mount = expressSessions(sessions)
export const mounted = createServer((request, response) => {
  mount(request, response, (error) => {
    const theme: 'light' | 'dark' | undefined = sessionOf(sessions, request).data.theme
    response.end(error === undefined ? theme : SesseraError.is(error) && error.code)
  })
})

export function suite(
  describe: (name: string, body: () => void) => void,
  it: (name: string, body: () => Promise<void>) => void,
) {
  describeStore({ describe, it }, 'memory', {
    atomicity: 'process',
    async open() {
      const clock = fakeClock()
      const store = memoryStore({ now: clock.now })
      return { store, advance: clock.advance, close: () => store.close() }
    },
  })
  gate().open()
}

async function main(): Promise<void> {
  const first = await sessions.open(undefined)
  first.session.signIn('ada')
  const { setCookies } = await first.commit()
  const { session } = await sessions.open(setCookies[0]?.split(';')[0])
  console.log(`${session.userId}, ${Object.keys(stores).join(', ')}`)
}

void main()
