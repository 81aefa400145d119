import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Browser, openBrowser } from '../../../src/testing/browser.js'
import { apis, type Api } from './apis.js'
import { middlewareHosts, originOf, type MiddlewareHost } from './middleware-hosts.js'
import { withHosts } from './hosts.js'

withHosts()

interface Site {
  readonly api: Api
  /** How often the handler ran. */
  readonly runs: () => number
  /** What nobody caught. */
  readonly uncaught: readonly unknown[]
  readonly browser: Browser
}

async function visiting(host: MiddlewareHost, api: Api): Promise<Site> {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  let runs = 0
  const server = await host(api.middleware, (request) => {
    runs++
    if (request.url === '/outage') api.breakStore()
    return `visit ${api.count(request)}`
  })
  const uncaught: unknown[] = []
  const note = (error: unknown): void => void uncaught.push(error)
  process.on('unhandledRejection', note).on('uncaughtException', note)
  onTestFinished(() => {
    process.off('unhandledRejection', note).off('uncaughtException', note)
    server.closeAllConnections()
    server.close()
    vi.restoreAllMocks()
  })
  return {
    api,
    runs: () => runs,
    uncaught,
    browser: openBrowser(originOf(server)),
  }
}

describe.each(apis)('%s', (_api, open) => {
  describe.each(Object.entries(middlewareHosts))('in %s', (name, host) => {
    it('keeps the session', async () => {
      const { browser, uncaught } = await visiting(host, open())
      const bodies = [(await browser.visit('/')).body, (await browser.visit('/')).body]
      expect([bodies, uncaught]).toEqual([['visit 1', 'visit 2'], []])
    })

    it('always has an error answered where the session cannot be stored, and runs the handler once', async () => {
      const { browser, runs, uncaught } = await visiting(host, open())
      await browser.visit('/')
      const before = runs()
      const answer = await browser.visit('/outage')
      expect(answer.status).toBeGreaterThanOrEqual(500)
      expect(uncaught).toEqual([])
      if (name !== 'a next that ignores its error') expect(runs() - before).toBe(1)
    })

    it('has something answered where the session cannot be loaded', async () => {
      const { browser, api, uncaught } = await visiting(host, open())
      await browser.visit('/')
      api.breakStore()
      const { status, body } = await browser.visit('/')
      expect(status >= 500 || body === 'no session').toBe(true)
      expect(uncaught).toEqual([])
    })
  })
})
