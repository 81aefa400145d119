import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { load, type Any } from './hosts.js'
import { listen } from '../../support/listen.js'

/** Answers with a text. */
export type Handler = (request: Any) => string | Promise<string>

/** Listens with a middleware before a handler, on a free port. */
export type MiddlewareHost = (middleware: Any, handler: Handler) => Promise<Server>

/** Hosts that call a middleware in their own way, most of which hear its `next` only once. */
export const middlewareHosts: Readonly<Record<string, MiddlewareHost>> = {
  'a promise made by hand': (middleware, handler) =>
    serving(async (request, response) => {
      try {
        await new Promise((resolve, reject) => {
          middleware(request, response, (result: unknown) =>
            result instanceof Error ? reject(result) : resolve(result),
          )
        })
        response.end(await handler(request))
      } catch {
        response.writeHead(500).end('caught')
      }
    }),

  'util.promisify': (middleware, handler) =>
    serving(async (request, response) => {
      try {
        await promisify(middleware)(request, response)
        response.end(await handler(request))
      } catch {
        response.writeHead(500).end('caught')
      }
    }),

  'a next that takes no error': (middleware, handler) =>
    serving((request, response) => {
      middleware(request, response, async () => {
        response.end(request.session === undefined ? 'no session' : await handler(request))
      })
    }),

  'a next that ignores its error': (middleware, handler) =>
    serving((request, response) => {
      middleware(request, response, async (_error: unknown) => {
        response.end(request.session === undefined ? 'no session' : await handler(request))
      })
    }),

  'a next that throws': (middleware, handler) =>
    serving((request, response) => {
      middleware(request, response, (error: unknown) => {
        if (error !== undefined) throw new TypeError('the host is broken')
        void Promise.resolve(handler(request)).then((text) => response.end(text))
      })
    }),

  'a next that rejects': (middleware, handler) =>
    serving((request, response) => {
      middleware(request, response, async (error: unknown) => {
        if (error !== undefined) throw new TypeError('the host is broken')
        response.end(await handler(request))
      })
    }),

  'koa-connect': (middleware, handler) => {
    const Koa = load('koa')
    const site = new Koa()
    site.silent = true
    site.use(load('koa-connect')(middleware))
    site.use(async (context: Any) => (context.body = await handler(context.req)))
    return serving(site.callback())
  },

  'next-connect': (middleware, handler) => {
    const { createRouter, expressWrapper } = load('next-connect')
    const router = createRouter()
    router.use(expressWrapper(middleware))
    router.all(async (request: Any, response: Any) => response.end(await handler(request)))
    const onError = (_error: unknown, _request: Any, response: Any): void => response.writeHead(500).end('caught')
    return serving(router.handler({ onError }))
  },

  '@fastify/middie': (middleware, handler) => servingFastify('@fastify/middie', middleware, handler),
  '@fastify/express': (middleware, handler) => servingFastify('@fastify/express', middleware, handler),

  h3: (middleware, handler) => {
    const { createApp, fromNodeMiddleware, toNodeListener } = load('h3')
    const site = createApp({ onError: () => {} })
    site.use(fromNodeMiddleware(middleware))
    site.use({ handler: ({ node }: Any) => handler(node.req) })
    return serving(toNodeListener(site))
  },

  polka: async (middleware, handler) => {
    const site = load('polka')()
    site.use(middleware)
    site.get('*', async (request: Any, response: Any) => response.end(await handler(request)))
    return serving(site.handler)
  },

  connect: (middleware, handler) => {
    const site = load('connect')()
    site.use(middleware)
    site.use(async (request: Any, response: Any) => response.end(await handler(request)))
    return serving(site)
  },

  express: (middleware, handler) => {
    const site = load('express')()
    site.set('env', 'test')
    site.use(middleware)
    site.use(async (request: Any, response: Any) => response.end(await handler(request)))
    return serving(site)
  },

  'express, through a function that passes no error on': (middleware, handler) => {
    const site = load('express')()
    site.set('env', 'test')
    site.use((request: Any, response: Any, next: () => void) => middleware(request, response, () => next()))
    site.use(async (request: Any, response: Any) => {
      response.end(request.session === undefined ? 'no session' : await handler(request))
    })
    return serving(site)
  },
}

async function serving(listener: (request: Any, response: Any) => unknown): Promise<Server> {
  const server = createServer(listener)
  await listen(server)
  return server
}

async function servingFastify(plugin: string, middleware: Any, handler: Handler): Promise<Server> {
  const site = load('fastify')()
  await site.register(load(plugin))
  site.use(middleware)
  site.get('*', (request: Any) => handler(request.raw))
  await site.listen({ port: 0, host: '127.0.0.1' })
  return site.server as Server
}

export function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
