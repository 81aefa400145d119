// An application that has changed its imports and nothing else: it still has the type declarations of express-session installed, and
// augments those. Compiled and never run.
import express from 'express'
import { RedisStore } from 'sessera/connect-redis'
import session from 'sessera/express-session'
import { createClient } from './client.js'

declare module 'express-session' {
  interface SessionData {
    views: number
  }
}

const app = express()
app.use(session({ secret: 'text', store: new RedisStore({ client: createClient() }), resave: false }))
app.get('/', (req, res) => {
  const views: number | undefined = req.session.views
  req.session.views = (views ?? 0) + 1
  req.session.save((error) => res.json(error ?? req.sessionID))
  // @ts-expect-error a number
  req.session.views = 'many'
})
