import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { apis, type Api } from './apis.js'
import { load, type Any } from './hosts.js'
import type { Answer, VirtualHost } from './virtual-hosts.js'

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Each answers with the number of the visit. */
const ways: Readonly<Record<string, (response: Any, text: string) => unknown>> = {
  '/send': (response, text) => response.send(text),
  '/later': (response, text) => pause().then(() => response.send(text)),
  '/end': (response, text) => response.end(text),
  '/head': (response, text) => response.writeHead(200, { 'Content-Type': 'text/plain' }).end(text),
  '/pieces': (response, text) => {
    response.write(text.slice(0, 1))
    response.write(text.slice(1))
    response.end()
  },
  '/stream': (response, text) => Readable.from([text.slice(0, 1), text.slice(1)]).pipe(response),
}

function application(api: Api): Any {
  const express = load('express')
  const site = express()
  site.set('env', 'test')
  site.use(api.middleware)
  for (const [path, send] of Object.entries(ways)) {
    site.get(path, (request: Any, response: Any) => void send(response, `visit ${api.count(request)}`))
  }
  site.get('/redirect', (request: Any, response: Any) => (api.count(request), response.redirect('/send')))
  site.get('/outage', (request: Any, response: Any) => {
    api.count(request)
    api.breakStore()
    response.end('stored')
  })
  // Express's own cannot deal with requests that are mocks.
  site.use((error: Any, _request: Any, response: Any, _next: Any) => response.status(error.status).send('failed'))
  return site
}

const cookieOf = ({ setCookies }: Answer): string | undefined => setCookies.at(-1)?.split(';')[0]

/** What both APIs owe to applications in such a host. */
export function describeHost(host: string, ask: VirtualHost, isMock = false): void {
  describe.each(apis)(`in ${host}, %s`, (_api, open) => {
    it.each(Object.keys(ways))('answers with the cookie, and whole, what is sent by %s', async (way) => {
      if (isMock && way === '/stream') return // a mock takes none
      const site = application(open())
      const first = await ask(site, way, undefined)
      expect(first).toMatchObject({ status: 200, body: 'visit 1', setCookies: [expect.any(String)] })
      expect(await ask(site, way, cookieOf(first))).toMatchObject({ status: 200, body: 'visit 2' })
    })

    it('answers a redirect with the cookie', async () => {
      const site = application(open())
      const first = await ask(site, '/redirect', undefined)
      expect(first).toMatchObject({ status: 302, setCookies: [expect.any(String)] })
      expect((await ask(site, '/send', cookieOf(first))).body).toBe('visit 2')
    })

    it('answers with an error what cannot be stored', async () => {
      const { status, body, setCookies } = await ask(application(open()), '/outage', undefined)
      expect({ status, body, setCookies }).toEqual({ status: 503, body: 'failed', setCookies: [] })
    })
  })
}
