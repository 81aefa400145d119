import { createServer, type Server } from 'node:http'
import { Readable } from 'node:stream'
import type Koa from 'koa'
import { koaSessions, sessionOf } from 'sessera/koa'
import type { AdapterHarness, AdapterResponse } from 'sessera/testing'
import { listen } from '../../support/listen.js'
import { requireFrom } from '../../support/packages.js'

/** The package of a version of Koa in test/frameworks/. */
export type KoaPackage = 'koa' | 'koa2'

/** An application that prints no errors. */
export function makeApplication(version: KoaPackage = 'koa', options: { proxy?: boolean } = {}): Koa {
  const Application = requireFrom('frameworks')(version) as typeof Koa
  const app = new Application(options)
  app.silent = true
  return app
}

export function serverOf(app: Koa): Server {
  const respond = app.callback()
  return createServer((request, response) => void respond(request, response))
}

/** The adapter for Koa, for the conformance suite. */
export function koaHarness(version: KoaPackage): AdapterHarness {
  return {
    serve(sessions, routes, mounts) {
      const app = makeApplication(version)
      for (let mounted = 0; mounted < mounts; mounted++) app.use(koaSessions(sessions))
      app.use(async (context, next) => {
        const route = routes[context.path]
        if (route === undefined) return next()
        answer(context, await route(sessionOf(sessions, context)))
      })
      return listen(serverOf(app))
    },
  }
}

function answer(context: Koa.Context, { status = 200, headers = {}, body }: AdapterResponse): void {
  context.body = typeof body === 'string' || body === undefined ? (body ?? '') : Readable.from(body)
  context.status = status
  for (const [name, value] of Object.entries(headers)) context.set(name, typeof value === 'string' ? value : [...value])
}
