import express from 'express'
import { signedInUser } from 'sessera'
import { expressSessions, requireUser } from 'sessera/express'
import { labelOf, readText } from '../../fleet/visitor.js'
import { ready, sessions } from '../shop/backend.js'

const app = express()
app.use(expressSessions(sessions))
app.use(express.json())

app.get('/api/session', ({ session }, response) => {
  response.json({ user: session.userId ?? null, cart: session.data.cart ?? [] })
})

app.post('/api/session', (request, response) => {
  const name = readText(request.body, 'name', 64) // a real application checks a password here
  request.session.signIn(name, { keep: ['cart'], label: labelOf(request.get('user-agent')) })
  response.sendStatus(204)
})

app.delete('/api/session', ({ session }, response) => {
  session.end()
  response.sendStatus(204)
})

app.post('/api/cart', async (request, response) => {
  const item = readText(request.body, 'item', 80)
  await request.session.update((data) => {
    data.cart = [...(data.cart ?? []), item]
  })
  response.sendStatus(204)
})

app.use('/api/sessions', requireUser())

app.get('/api/sessions', async ({ session }, response) => {
  response.json(await sessions.user(signedInUser(session)).list({ current: session }))
})

app.delete('/api/sessions', async ({ session }, response) => {
  response.json({ ended: await sessions.user(signedInUser(session)).end() })
})

app.delete('/api/sessions/others', async ({ session }, response) => {
  response.json({ ended: await sessions.user(signedInUser(session)).end({ except: session }) })
})

await ready(app.listen(0, '127.0.0.1'))
