import { Readable } from 'node:stream'
import { expressSessions } from 'sessera/express'
import { fastifySessions } from 'sessera/fastify'
import type { Session } from 'sessera'
import type { AdapterData, AdapterHarness, AdapterRoutes } from 'sessera/testing'
import { requireFrom } from '../../support/packages.js'

const require = requireFrom('frameworks/nest')
require('reflect-metadata')

type Decorator = (...places: never[]) => void
type Decorators = Readonly<
  Record<'All' | 'Catch' | 'Controller' | 'Module' | 'Req' | 'Res', (given?: unknown) => Decorator>
>
interface Application {
  use(middleware: unknown): void
  register(plugin: unknown, options: object): Promise<void>
  useGlobalFilters(filter: object): void
  listen(port: number, host: string): Promise<unknown>
  getUrl(): Promise<string>
  close(): Promise<void>
}
interface Nest extends Decorators {
  readonly StreamableFile: new (stream: Readable) => object
}
const { All, Catch, Controller, Module, Req, Res, StreamableFile } = require('@nestjs/common') as Nest
const { NestFactory } = require('@nestjs/core') as {
  NestFactory: { create(module: object, adapter: object, options: object): Promise<Application> }
}

/** What is used of a request and a response on either platform. */
interface Request {
  readonly url: string
  readonly session: Session<AdapterData>
}
interface Response {
  status(status: number): unknown
  header(name: string, value: string | readonly string[]): unknown
  send(body?: string): unknown
}

/** A controller for the routes of the suite, as its decorators would make it. */
function moduleOf(routes: AdapterRoutes): object {
  class Shop {
    async answer(request: Request, response: Response): Promise<unknown> {
      const route = routes[request.url]
      if (route === undefined) throw Object.assign(new Error('not found'), { status: 404 })
      const { status = 200, headers = {}, body } = await route(request.session)
      response.status(status)
      for (const [name, value] of Object.entries(headers)) response.header(name, value)
      return typeof body === 'string' || body === undefined ? body : new StreamableFile(Readable.from(body))
    }
  }
  const property = Object.getOwnPropertyDescriptor(Shop.prototype, 'answer')
  All(Object.keys(routes))(Shop.prototype as never, 'answer' as never, property as never)
  Req()(Shop.prototype as never, 'answer' as never, 0 as never)
  Res({ passthrough: true })(Shop.prototype as never, 'answer' as never, 1 as never)
  Controller()(Shop as never)
  class Main {}
  Module({ controllers: [Shop] })(Main as never)
  return Main
}

/** The filter of docs/your-framework.md. */
class WithStatus {
  catch(
    error: { status?: number; headers?: Record<string, string> },
    host: { switchToHttp(): { getResponse(): Response } },
  ): void {
    const response = host.switchToHttp().getResponse()
    for (const [name, value] of Object.entries(error.headers ?? {})) response.header(name, value)
    response.status(error.status ?? 500)
    response.send('')
  }
}
Catch()(WithStatus as never)

const platforms = {
  express: () => new (require('@nestjs/platform-express') as Record<string, new () => object>)['ExpressAdapter']!(),
  fastify: () =>
    new (require('@nestjs/platform-fastify') as Record<string, new (options: object) => object>)['FastifyAdapter']!({
      forceCloseConnections: true,
    }),
}

/** Nest on one of its platforms, with the lines that docs/your-framework.md says. */
export function nestHarness(platform: keyof typeof platforms): AdapterHarness {
  return {
    async serve(sessions, routes, mounts) {
      const app = await NestFactory.create(moduleOf(routes), platforms[platform](), {
        logger: false,
        forceCloseConnections: true,
      })
      app.useGlobalFilters(new WithStatus())
      for (let mounted = 0; mounted < mounts; mounted++) {
        if (platform === 'express') app.use(expressSessions(sessions))
        else await app.register(fastifySessions, { sessions })
      }
      await app.listen(0, '127.0.0.1')
      return { origin: await app.getUrl(), close: () => app.close() }
    },
  }
}
