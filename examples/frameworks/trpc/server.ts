import { createExpressMiddleware } from '@trpc/server/adapters/express'
import express from 'express'
import { expressSessions } from 'sessera/express'
import { ready, sessions } from '../shop/backend.js'
import { createContext, router } from './router.js'

const app = express()
app.use(expressSessions(sessions))
app.use('/trpc', createExpressMiddleware({ router, createContext }))

await ready(app.listen(0, '127.0.0.1'))
