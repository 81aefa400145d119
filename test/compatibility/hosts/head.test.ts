import { createServer, type ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { apis, openNativeApi, type Api } from './apis.js'
import { load, withHosts, type Any } from './hosts.js'
import { listenInTest } from '../../support/listen-in-test.js'

withHosts()

type Layer = (request: Any, response: Any, next: () => void) => void

/** What others do to the head when it is sent: by a listener, or by a wrapper of `writeHead`. */
const hooks: Readonly<Record<string, (act: (response: Any) => void) => Layer>> = {
  'an on-headers listener': (act) => (_request, response, next) => {
    load('on-headers')(response, () => act(response))
    next()
  },
  'a wrapper of writeHead': (act) => (_request, response, next) => {
    const { writeHead } = response
    response.writeHead = (...values: unknown[]) => {
      act(response)
      return Reflect.apply(writeHead, response, values)
    }
    next()
  },
}

const ways: Readonly<Record<string, (response: Any) => unknown>> = {
  send: (response) => response.send('x'),
  end: (response) => response.end('x'),
  write: (response) => (response.write('x'), response.end()),
  writeHead: (response) => response.writeHead(200).end('x'),
  'writeHead with headers': (response) => response.writeHead(200, { 'X-App': 'yes' }).end('x'),
  flushHeaders: (response) => (response.flushHeaders(), response.end('x')),
  redirect: (response) => response.redirect('/'),
}

async function answer(api: Api, layers: readonly Layer[], send: (response: Any) => unknown): Promise<Response> {
  const site = load('express')()
  site.set('env', 'test')
  site.use(...layers)
  site.get('/', (request: Any, response: ServerResponse) => {
    api.count(request)
    send(response)
  })
  const server = createServer(site)
  const { origin } = await listenInTest(server)
  return fetch(origin, { redirect: 'manual' })
}

const isOurs = (cookie: string): boolean => /^(session|connect\.sid)=/.test(cookie)

describe.each(apis)('the head of an answer, with %s', (_api, open) => {
  describe.each(Object.entries(hooks))('and %s', (_hook, hook) => {
    describe.each(['before', 'after'])('mounted %s it', (place) => {
      const layersOf = (api: Api, layer: Layer): Layer[] =>
        place === 'before' ? [layer, api.middleware] : [api.middleware, layer]

      it.each(Object.entries(ways))('keeps our cookie, last, where it is replaced: %s', async (_way, send) => {
        const api = open()
        const replace = hook((response) => response.setHeader('Set-Cookie', 'own=1'))
        const cookies = (await answer(api, layersOf(api, replace), send)).headers.getSetCookie()
        expect([cookies.length, cookies[0], isOurs(cookies[1]!)]).toEqual([2, 'own=1', true])
      })

      it.each(Object.entries(ways))('keeps our cookie where cookies are taken away: %s', async (_way, send) => {
        const api = open()
        const remove = hook((response) => response.removeHeader('Set-Cookie'))
        const cookies = (await answer(api, layersOf(api, remove), send)).headers.getSetCookie()
        expect(cookies.map(isOurs)).toEqual([true])
      })

      it.each(Object.entries(ways))('keeps our cookie beside one that is added: %s', async (_way, send) => {
        const api = open()
        const add = hook((response) => response.appendHeader('Set-Cookie', 'own=1'))
        const cookies = (await answer(api, layersOf(api, add), send)).headers.getSetCookie()
        expect(cookies.map(isOurs).filter(Boolean)).toEqual([true])
        expect(cookies).toContain('own=1')
      })
    })
  })
})

describe.each(Object.entries(hooks))('what the native API says of caches, with %s', (_hook, hook) => {
  it.each(
    Object.entries(ways).flatMap(([way, send]) => [['before', way, send] as const, ['after', way, send] as const]),
  )('stands, though it is mounted %s and allows them: %s', async (place, _way, send) => {
    const api = openNativeApi()
    const allow = hook((response) => response.setHeader('Cache-Control', 'public, max-age=600'))
    const layers = place === 'before' ? [allow, api.middleware] : [api.middleware, allow]
    expect((await answer(api, layers, send)).headers.get('cache-control')).toBe('no-store')
  })
})

describe.each(apis)('the answer to a failure, with %s', (_api, open) => {
  it('is heard of by listeners for its head that were added after it', async () => {
    const api = open()
    const listener: Layer = (_request, response, next) => {
      load('on-headers')(response, () => response.setHeader('X-Heard', response.statusCode))
      next()
    }
    const { status, headers } = await answer(api, [api.middleware, listener], (response) => {
      api.breakStore()
      response.send('no')
    })
    expect([status, headers.get('x-heard')]).toEqual([503, '503'])
  })

  it('is kept out of shared caches', async () => {
    const api = open()
    const { status, headers } = await answer(api, [api.middleware], (response) => {
      api.breakStore()
      response.set('Cache-Control', 'public').send('no')
    })
    expect([status, headers.get('cache-control'), headers.get('vary')]).toEqual([503, 'private', 'Cookie'])
  })

  it('comes from the nearest router that has an error handler', async () => {
    const api = open()
    const router = load('express').Router()
    router.get('/', (request: Any, response: Any) => {
      api.count(request)
      api.breakStore()
      response.json({ stored: true })
    })
    router.use((error: Any, _request: Any, response: Any, _next: unknown) => {
      response.status(error.status).json({ error: true })
    })
    const answered = await answer(api, [api.middleware, router], (response) => response.send('the page'))
    expect([answered.status, await answered.json()]).toEqual([503, { error: true }])
  })

  it('is not finished for who waits for it before anything has left', async () => {
    const api = open()
    const order: string[] = []
    const noting: Layer = (_request, response, next) => {
      load('on-headers')(response, () => order.push('head'))
      next()
    }
    const answered = await answer(api, [noting, api.middleware], (response) => {
      response.send('x')
      load('on-finished')(response, () => order.push('finished'))
    })
    await answered.text()
    await expect.poll(() => order).toEqual(['head', 'finished'])
  })
})
