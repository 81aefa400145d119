import { createServer, type RequestListener } from 'node:http'
import type { Session } from 'sessera'
import type { ElysiaSessions } from 'sessera/elysia'
import { listen } from '../../support/listen.js'
import { requireFrom } from '../../support/packages.js'

/** What a handler gets. */
export interface ElysiaContext {
  readonly request: Request
  readonly session: Session
  readonly path: string
  readonly set: { headers: Record<string, string>; status?: number }
  readonly cookie: Record<string, { value: unknown }>
  readonly error?: unknown
}

/** What of Elysia the tests use. */
export interface ElysiaApplication {
  fetch(request: Request): Promise<Response>
  wrap(wrap: ElysiaSessions<Record<string, unknown>>['wrap']): ElysiaApplication
  derive(scope: { as: 'global' }, derive: ElysiaSessions<Record<string, unknown>>['derive']): ElysiaApplication
  onError(handler: (context: ElysiaContext) => unknown): ElysiaApplication
  use(plugin: ElysiaApplication): ElysiaApplication
  all(path: string, handler: (context: ElysiaContext) => unknown, options?: object): ElysiaApplication
}

const require = requireFrom('frameworks/fetch')
export const { Elysia } = require('elysia') as { Elysia: new () => ElysiaApplication }
const { toNodeHandler } = require('srvx/node') as { toNodeHandler(fetch: unknown): RequestListener }

/** On the server of Node. */
export function listenWithElysia(app: ElysiaApplication): ReturnType<typeof listen> {
  return listen(createServer(toNodeHandler((request: Request) => app.fetch(request))))
}
