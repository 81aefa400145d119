import { createServer, type ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { doors, openNativeDoor, type Door } from './doors.js'
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

async function answer(door: Door, layers: readonly Layer[], send: (response: Any) => unknown): Promise<Response> {
  const site = load('express')()
  site.set('env', 'test')
  site.use(...layers)
  site.get('/', (request: Any, response: ServerResponse) => {
    door.count(request)
    send(response)
  })
  const server = createServer(site)
  const { origin } = await listenInTest(server)
  return fetch(origin, { redirect: 'manual' })
}

const isOurs = (cookie: string): boolean => /^(session|connect\.sid)=/.test(cookie)

describe.each(doors)('the head of an answer, with %s', (_door, open) => {
  describe.each(Object.entries(hooks))('and %s', (_hook, hook) => {
    describe.each(['before', 'after'])('mounted %s it', (place) => {
      const layersOf = (door: Door, layer: Layer): Layer[] =>
        place === 'before' ? [layer, door.middleware] : [door.middleware, layer]

      it.each(Object.entries(ways))('keeps our cookie, last, where it is replaced: %s', async (_way, send) => {
        const door = open()
        const replace = hook((response) => response.setHeader('Set-Cookie', 'own=1'))
        const cookies = (await answer(door, layersOf(door, replace), send)).headers.getSetCookie()
        expect([cookies.length, cookies[0], isOurs(cookies[1]!)]).toEqual([2, 'own=1', true])
      })

      it.each(Object.entries(ways))('keeps our cookie where cookies are taken away: %s', async (_way, send) => {
        const door = open()
        const remove = hook((response) => response.removeHeader('Set-Cookie'))
        const cookies = (await answer(door, layersOf(door, remove), send)).headers.getSetCookie()
        expect(cookies.map(isOurs)).toEqual([true])
      })

      it.each(Object.entries(ways))('keeps our cookie beside one that is added: %s', async (_way, send) => {
        const door = open()
        const add = hook((response) => response.appendHeader('Set-Cookie', 'own=1'))
        const cookies = (await answer(door, layersOf(door, add), send)).headers.getSetCookie()
        expect(cookies.map(isOurs).filter(Boolean)).toEqual([true])
        expect(cookies).toContain('own=1')
      })
    })
  })
})

describe.each(Object.entries(hooks))('what the native door says of caches, with %s', (_hook, hook) => {
  it.each(
    Object.entries(ways).flatMap(([way, send]) => [['before', way, send] as const, ['after', way, send] as const]),
  )('stands, though it is mounted %s and allows them: %s', async (place, _way, send) => {
    const door = openNativeDoor()
    const allow = hook((response) => response.setHeader('Cache-Control', 'public, max-age=600'))
    const layers = place === 'before' ? [allow, door.middleware] : [door.middleware, allow]
    expect((await answer(door, layers, send)).headers.get('cache-control')).toBe('no-store')
  })
})

describe.each(doors)('the answer to a failure, with %s', (_door, open) => {
  it('is heard of by listeners for its head that were added after it', async () => {
    const door = open()
    const listener: Layer = (_request, response, next) => {
      load('on-headers')(response, () => response.setHeader('X-Heard', response.statusCode))
      next()
    }
    const { status, headers } = await answer(door, [door.middleware, listener], (response) => {
      door.breakStore()
      response.send('no')
    })
    expect([status, headers.get('x-heard')]).toEqual([503, '503'])
  })

  it('is kept out of shared caches', async () => {
    const door = open()
    const { status, headers } = await answer(door, [door.middleware], (response) => {
      door.breakStore()
      response.set('Cache-Control', 'public').send('no')
    })
    expect([status, headers.get('cache-control'), headers.get('vary')]).toEqual([503, 'private', 'Cookie'])
  })

  it('comes from the nearest router that has an error handler', async () => {
    const door = open()
    const router = load('express').Router()
    router.get('/', (request: Any, response: Any) => {
      door.count(request)
      door.breakStore()
      response.json({ stored: true })
    })
    router.use((error: Any, _request: Any, response: Any, _next: unknown) => {
      response.status(error.status).json({ error: true })
    })
    const answered = await answer(door, [door.middleware, router], (response) => response.send('the page'))
    expect([answered.status, await answered.json()]).toEqual([503, { error: true }])
  })

  it('is not finished for who waits for it before anything has left', async () => {
    const door = open()
    const order: string[] = []
    const noting: Layer = (_request, response, next) => {
      load('on-headers')(response, () => order.push('head'))
      next()
    }
    const answered = await answer(door, [noting, door.middleware], (response) => {
      response.send('x')
      load('on-finished')(response, () => order.push('finished'))
    })
    await answered.text()
    await expect.poll(() => order).toEqual(['head', 'finished'])
  })
})
