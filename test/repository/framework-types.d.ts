// What blocks of the documentation import that is not installed here, or that a framework generates. Their adapters' types are checked
// against the frameworks' own in test/frameworks/.

interface ImportMeta {
  readonly dev: boolean
  readonly env: { readonly DEV: boolean }
}

declare function defineNuxtConfig(configuration: { readonly modules: readonly string[] }): object

/** The module of an application that makes its sessions. */
declare module '*/sessions' {
  import type { Sessions } from 'sessera'
  export const sessions: Sessions
}

declare module '@koa/bodyparser' {
  import type { Middleware } from 'koa'
  export function bodyParser(): Middleware
}

declare module '@koa/router' {
  import type { Middleware } from 'koa'
  type Add = (path: string, ...middleware: Middleware[]) => Router
  export class Router {
    get: Add
    post: Add
    routes(): Middleware
  }
}

declare module '@fastify/formbody' {
  import type { FastifyPluginCallback } from 'fastify'
  const formbody: FastifyPluginCallback
  export default formbody
}

declare module '@hono/node-server' {
  export function serve(options: { fetch: (request: Request) => Response | Promise<Response>; port: number }): void
}

declare module 'nitro' {
  export { defineHandler } from 'h3'
}

declare module 'react-router' {
  export function redirect(url: string, status?: number): Response
}

declare module '@tanstack/react-start' {
  import type { Session } from 'sessera'
  export interface Register {}
  type Context = { readonly context: { readonly session: Session } }
  type Server = (given: Context & { next(): unknown; pathname: string }) => unknown
  type ServerFunction = { handler(handler: (given: Context) => unknown): ServerFunction }
  export function createMiddleware(): { server(server: Server): object }
  export function createServerFn(options?: { method: 'POST' }): ServerFunction
}

declare module '@tanstack/react-start/server-entry' {
  import type { Session } from 'sessera'
  type Options = { context: { session: Session } }
  export function createServerEntry(entry: { fetch: (request: Request) => Promise<Response> }): object
  const handler: { fetch(request: Request, options: Options): Promise<Response> }
  export default handler
}

declare module '@tanstack/react-router' {
  import type { Session } from 'sessera'
  type Given = { readonly context: { readonly session: Session }; readonly request: Request }
  type Server = { handlers: { POST: (given: Given) => Response } }
  export function redirect(options: { href: string; statusCode?: number }): Response
  export function createFileRoute(path: string): (route: { server: Server; component: () => unknown }) => object
}

declare module '*/+types/login' {
  import type { RouterMiddlewareArguments } from 'sessera/react-router'
  export namespace Route {
    type ActionArgs = RouterMiddlewareArguments
  }
}

declare module '*/+types/account' {
  import type { RouterMiddlewareArguments } from 'sessera/react-router'
  export namespace Route {
    type ActionArgs = RouterMiddlewareArguments
    type LoaderArgs = RouterMiddlewareArguments
  }
}

declare module '*/shop.controller.js' {
  export class ShopController {}
}

declare module '$app/env' {
  export const dev: boolean
}

declare module '@sveltejs/kit' {
  export function redirect(status: 303, location: string): never
}

declare module '@sveltejs/kit/hooks' {
  import type { KitEvent } from 'sessera/sveltekit'
  type Input = { event: KitEvent; resolve(event: KitEvent): Response | Promise<Response> }
  export type Handle = (input: Input) => Response | Promise<Response>
  export function sequence(...handles: Handle[]): Handle
}

declare module '*/$types' {
  import type { KitEvent } from 'sessera/sveltekit'
  type Event = KitEvent & { readonly locals: App.Locals }
  export type PageServerLoad = (event: Event) => object
  export type Actions = Record<string, (event: Event) => unknown>
}

declare module '@elysiajs/node' {
  export function node(): object
}

declare module 'elysia' {
  import type { SessionData } from 'sessera'
  import type { ElysiaGuard, ElysiaSessions } from 'sessera/elysia'
  type Made = ElysiaSessions<SessionData>
  type Handler = (context: ReturnType<Made['derive']> & { request: Request }) => unknown
  type Add = (path: string, handler: Handler, hooks?: { beforeHandle: ElysiaGuard }) => Elysia
  export class Elysia {
    constructor(options: { adapter: object })
    wrap(wrap: Made['wrap']): Elysia
    derive(scope: { as: 'global' }, derive: Made['derive']): Elysia
    get: Add
    post: Add
    listen(port: number): Elysia
  }
}

declare module 'ws' {
  import type { IncomingMessage } from 'node:http'
  import type { SocketLike, SocketServerLike } from 'sessera/ws'
  export interface WebSocket extends SocketLike {
    on(event: 'message' | 'close', listener: () => void): this
    on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): this
    close(code?: number, reason?: string): void
  }
  export interface WebSocketServer extends SocketServerLike<WebSocket> {
    on(event: 'headers', listener: (headers: string[], request: IncomingMessage) => void): this
    on(event: 'connection', listener: (socket: WebSocket) => void): this
  }
  export const WebSocketServer: new (options: { noServer: true }) => WebSocketServer
}

declare module 'socket.io' {
  import type { Server as HttpServer } from 'node:http'
  import type { SocketLike, SocketServerLike } from 'sessera/socket.io'
  export interface Socket extends SocketLike {
    on(event: string, listener: (given: unknown) => void): this
  }
  export interface Server extends SocketServerLike<Socket> {
    on(event: 'connection', listener: (socket: Socket) => void): this
  }
  export const Server: new (server: HttpServer) => Server
}
