import express from 'express'
import { bareRoutes } from './visitor-data.mjs'

export const contestants = { bare: () => serveWithExpress([], bareRoutes) }

/**
 * An Express application with the routes of one library: read, who, write, update, as far as it has them, and start, which makes a session.
 * Each answers a value, or a promise of one.
 */
export function serveWithExpress(middleware, { start, ...routes }) {
  const application = express()
  for (const each of middleware) application.use(each)
  if (start) {
    application.get('/start/:size/:name', async (request, response) => {
      const { size, name } = request.params
      response.send(String(await start(request, Number(size), name, response)))
    })
  }
  for (const [name, answer] of Object.entries(routes)) application.get(`/${name}`, handlerFor(answer))
  return application
}

// Two kinds, because a wait where there is nothing to wait for would be measured too.
function handlerFor(answer) {
  if (answer.constructor.name !== 'AsyncFunction') {
    return (request, response) => void response.send(String(answer(request, response)))
  }
  return async (request, response) => void response.send(String(await answer(request, response)))
}
