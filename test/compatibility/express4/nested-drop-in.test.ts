import { createServer } from 'node:http'
import express, { type RequestHandler } from 'express'
import { session } from 'sessera/express-session'
import { describe, expect, it, vi } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { listenInTest } from '../../support/listen-in-test.js'
import { hasPackages, requireFrom } from '../../support/packages.js'

type Application = typeof express

/** Counts visits in the session of an application around it, and says whether it knows the session's id. */
function visited(): ReturnType<Application> {
  const inner = (requireFrom('compatibility')('express4') as Application)()
  inner.get('/', (request, response) => {
    const values = request.session as { visits?: number }
    values.visits = (values.visits ?? 0) + 1
    response.send(`${values.visits} ${typeof request.sessionID}`)
  })
  return inner
}

/** As middlewares that compress do. */
const wrap: RequestHandler = (_request, response, next) => {
  const { end } = response
  response.end = (...values: unknown[]) => Reflect.apply(end, response, values)
  next()
}

const isMissing = !(await hasPackages('compatibility'))

describe.skipIf(isMissing)('an application of Express 4 that is called by hand within one of Express 5', () => {
  it('has the sessions of the outer one if the response was wrapped before, and from the second request on their ids', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const outer = express()
    const inner = visited()
    outer.use(wrap, session({ secret: 'keyboard cat', resave: false, saveUninitialized: false }) as RequestHandler)
    outer.use((request, response) => void inner(request as never, response as never))
    const browser = openBrowser((await listenInTest(createServer(outer))).origin)
    const bodies = ['1 undefined', '2 string', '3 string']
    for (const body of bodies) expect((await browser.visit('/')).body).toBe(body)
    expect(warn).not.toHaveBeenCalled() // nothing was lost
  })
})
