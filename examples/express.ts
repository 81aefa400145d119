// The smallest real application: sign in, fill a cart, sign out.
// Run it with `npx tsx examples/express.ts`. Sessions are kept in memory, so this is for one process.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createSessions } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'

interface Data {
  cart: string[]
}

const sessions = createSessions<Data>({ idleTimeout: '30m' })
const passwords = new Map([['ada', 'lovelace']]) // in your application: hashed, in a database

const app = express()
app.use(expressSessions(sessions))
app.use(express.json())

app.get('/', (request, response) => {
  const { userId, data } = sessionOf(sessions, request)
  response.json({ user: userId ?? null, cart: data.cart ?? [] })
})

app.post('/sign-in', (request, response) => {
  const { user, password } = (request.body ?? {}) as Record<string, unknown>
  if (typeof user !== 'string' || !passwords.has(user) || passwords.get(user) !== password) {
    response.status(401).json({ error: 'Wrong name or password.' })
    return
  }
  // The visitor gets a new secret. Of the anonymous data, only the cart stays.
  sessionOf(sessions, request).signIn(user, { keep: ['cart'] })
  response.redirect('/') // sent once the session is stored
})

app.post('/cart', async (request, response) => {
  // Two requests at once both add their item: `update` reads, changes and writes the list in one atomic step.
  const { item } = (request.body ?? {}) as Record<string, unknown>
  await sessionOf(sessions, request).update((data) => {
    data.cart = [...(data.cart ?? []), String(item)]
  })
  response.sendStatus(204)
})

app.post('/sign-out', (request, response) => {
  sessionOf(sessions, request).end()
  response.redirect('/')
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
await once(server, 'listening')
console.log(`Listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
