import { createServer } from 'node:http'
import express from 'express'
import { createSessions, memoryStore } from 'sessera'
import { expressSessions } from 'sessera/express'
import { describe, expect, it, vi } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { listenInTest } from '../../support/listen-in-test.js'
import { hasPackages, requireFrom } from '../../support/packages.js'

type Application = typeof express

/** Counts visits in the session of an application around it. */
function visited(): ReturnType<Application> {
  const inner = (requireFrom('compatibility')('express4') as Application)()
  inner.get('/', (request, response) => {
    const { data } = request.session as { data: { visits?: number } }
    data.visits = (data.visits ?? 0) + 1
    response.send(String(data.visits))
  })
  return inner
}

async function browserOf(mount: (outer: ReturnType<Application>, inner: ReturnType<Application>) => void) {
  const outer = express()
  outer.use(expressSessions(createSessions({ store: memoryStore(), cookie: { secure: false } })))
  mount(outer, visited())
  return openBrowser((await listenInTest(createServer(outer))).origin)
}

const isMissing = !(await hasPackages('compatibility'))

describe.skipIf(isMissing)('an application of Express 4 within one of Express 5', () => {
  it('has the sessions of the outer one', async () => {
    const browser = await browserOf((outer, inner) => outer.use(inner))
    for (const visits of ['1', '2', '3']) expect((await browser.visit('/')).body).toBe(visits)
  })

  it('that is called by hand fails once, with a warning', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const browser = await browserOf((outer, inner) =>
      outer.use((request, response) => void inner(request as never, response as never)),
    )
    expect((await browser.visit('/')).status).toBe(500)
    for (const visits of ['1', '2', '3']) expect((await browser.visit('/')).body).toBe(visits)
    expect(warn.mock.calls).toEqual([[expect.any(String), { code: 'SESSERA_BYPASSED_RESPONSE' }]])
  })
})
