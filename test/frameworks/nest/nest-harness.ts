import { Readable } from 'node:stream'
import {
  Controller,
  Module,
  Req,
  RequestMapping,
  RequestMethod,
  Res,
  StreamableFile,
  UseGuards,
  type CanActivate,
  type DynamicModule,
  type INestApplication,
  type NestApplicationOptions,
  type Type,
} from '@nestjs/common'
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { expressSessions } from 'sessera/express'
import { fastifySessions } from 'sessera/fastify'
import { CurrentSession, SessionsModule } from 'sessera/nest'
import type { AdapterHarness, AdapterRoute } from 'sessera/testing'

export type Platform = 'express' | 'fastify'
export const platforms: readonly Platform[] = ['express', 'fastify']

/** What is used of a request and of a response on either platform. */
export interface Request {
  readonly url: string
}
export interface Response {
  status(status: number): unknown
  header(name: string, value: string | readonly string[]): unknown
  send(body: string): unknown
}

/** A handler, with all that its parameters can be. */
export type Handler = (session: CurrentSession, request: Request, response: Response) => unknown

export function adapterOf(platform: Platform): AbstractHttpAdapter {
  return platform === 'express' ? new ExpressAdapter() : new FastifyAdapter({ forceCloseConnections: true })
}

/** A controller for one path and all methods, as decorators would make it. Nest sends what the handler returns, unless it takes `passthrough: false`. */
export function controllerOf(
  path: string,
  handler: Handler,
  { passthrough = true, guards = [] as CanActivate[] } = {},
): Type {
  class Shop {
    answer(session: CurrentSession, request: Request, response: Response): unknown {
      return handler(session, request, response)
    }
  }
  CurrentSession()(Shop.prototype, 'answer', 0)
  Req()(Shop.prototype, 'answer', 1)
  Res({ passthrough })(Shop.prototype, 'answer', 2)
  const method = Object.getOwnPropertyDescriptor(Shop.prototype, 'answer')!
  RequestMapping({ path, method: RequestMethod.ALL })(Shop.prototype, 'answer', method)
  UseGuards(...guards)(Shop)
  Controller()(Shop)
  return Shop
}

export function moduleOf(imports: DynamicModule[], controllers: Type[] = [], providers: Type[] = []): Type {
  class Main {}
  Module({ imports, controllers, providers })(Main)
  return Main
}

export const quiet: NestApplicationOptions = { logger: false, forceCloseConnections: true, abortOnError: false }

export async function start(
  platform: Platform,
  module: Type,
  options: NestApplicationOptions = {},
): Promise<INestApplication> {
  return NestFactory.create(module, adapterOf(platform), { ...quiet, ...options })
}

/** Nest on one of its platforms. The second time, `main.ts` mounts the sessions as well. */
export function nestHarness(platform: Platform): AdapterHarness {
  return {
    async serve(sessions, routes, mounts) {
      const controllers = Object.entries(routes).map(([path, route]) => controllerOf(path, handlerOf(route)))
      const app = await start(platform, moduleOf([SessionsModule.forRoot({ sessions })], controllers))
      if (mounts > 1 && platform === 'express') app.use(expressSessions(sessions))
      if (mounts > 1 && platform === 'fastify')
        await (app as NestFastifyApplication).register(fastifySessions, { sessions })
      await app.listen(0, '127.0.0.1')
      return { origin: await app.getUrl(), close: () => app.close() }
    },
  }
}

function handlerOf(route: AdapterRoute): Handler {
  return async (session, _request, response) => {
    const { status = 200, headers = {}, body } = await route(session)
    response.status(status)
    for (const [name, value] of Object.entries(headers)) response.header(name, value)
    return typeof body === 'string' || body === undefined ? body : new StreamableFile(Readable.from(body))
  }
}
