// An application on Express, whose sessions are typed by augmenting SessionData. Compiled and never run.
import express from 'express'
import { createSessions } from 'sessera'
import { expressSessions } from 'sessera/express'

declare module 'sessera' {
  interface SessionData {
    visits: number
  }
}

const app = express()
app.use(expressSessions(createSessions()))
app.get('/', (req, res) => {
  const visits: number | undefined = req.session.data.visits
  req.session.data.visits = (visits ?? 0) + 1
  // @ts-expect-error not a key of the data
  req.session.data.basket = []
  // @ts-expect-error a number
  req.session.data.visits = 'many'
  res.json(req.session.userId ?? null)
})
