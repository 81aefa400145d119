import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import Koa from 'koa'
import { signedInUser } from 'sessera'
import { koaSessions, requireUser } from 'sessera/koa'
import { labelOf, readText } from '../../fleet/visitor.js'
import { ready, sessions } from '../shop/backend.js'

const router = new Router({ prefix: '/api' })

router.get('/session', (ctx) => {
  ctx.body = { user: ctx.session.userId ?? null, cart: ctx.session.data.cart ?? [] }
})

router.post('/session', (ctx) => {
  const name = readText(ctx.request.body, 'name', 64) // a real application checks a password here
  ctx.session.signIn(name, { keep: ['cart'], label: labelOf(ctx.get('user-agent')) })
  ctx.status = 204
})

router.delete('/session', (ctx) => {
  ctx.session.end()
  ctx.status = 204
})

router.post('/cart', async (ctx) => {
  const item = readText(ctx.request.body, 'item', 80)
  await ctx.session.update((data) => {
    data.cart = [...(data.cart ?? []), item]
  })
  ctx.status = 204
})

router.get('/sessions', requireUser(), async (ctx) => {
  ctx.body = await sessions.user(signedInUser(ctx.session)).list({ current: ctx.session })
})

router.delete('/sessions', requireUser(), async (ctx) => {
  ctx.body = { ended: await sessions.user(signedInUser(ctx.session)).end() }
})

router.delete('/sessions/others', requireUser(), async (ctx) => {
  ctx.body = { ended: await sessions.user(signedInUser(ctx.session)).end({ except: ctx.session }) }
})

const app = new Koa()
app.use(bodyParser())
app.use(koaSessions(sessions))
app.use(router.routes())

await ready(app.listen(0, '127.0.0.1'))
