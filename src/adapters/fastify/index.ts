import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import type { OpenOptions } from '../../options.js'
import { sessionOn } from '../node/attached-session.js'
import { awaitedSessions } from '../node/awaited-sessions.js'
import type { SessionHooks } from '../node/session-hooks.js'
import { discardReply, respondWith } from './failed-reply.js'

export { blockedRequest, type BlockedRequest } from '../guards/blocked-request.js'
export { returnPath } from '../guards/return-path.js'
export type { GuardOptions } from '../guards/rules.js'
export { sessionOf } from '../node/attached-session.js'
export { requireRecentSignIn, requireUser, resumeBlockedRequest, type FastifyGuard } from './guards.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The session of this request, from the hook `onRequest` of `fastifySessions` on. */
    readonly session: Session
  }
}

/** Options of `fastifySessions`. */
export interface FastifySessionsOptions extends Pick<OpenOptions, 'onOutage'> {
  /** What `createSessions` returned. */
  readonly sessions: Pick<Sessions<object>, 'open'>
  /**
   * Whether reading the session renews it; a function decides for each request. Use `false` for pages that poll, so that they do not
   * keep a user signed in who has left. Default `true`.
   */
  readonly renew?: boolean | ((request: FastifyRequest) => boolean)
}

// Another copy of this package may have decorated the instance.
const heldSession: unique symbol = Symbol.for('sessera.held-session') as never
type Held = FastifyRequest & { [heldSession]?: Pick<SessionHooks, 'commitEarly'> | null }

/**
 * Gives each request its session, as `request.session`, and stores it before the first byte of the response is sent. It holds for the
 * instance that registers it and for all within it, 404s among them, and may be registered twice.
 *
 * The session is opened in the hook `onRequest` and stored in `onSend`. If the store fails, nothing of the handler's own response is sent, and the error
 * goes to the error handler. A response that is written to `reply.raw` waits as well; if its session cannot be stored, the error goes to the
 * error handler too, or after `reply.hijack()` into the log, and its `status` and `headers` are sent.
 *
 * Behind a proxy that ends HTTPS, set `trustProxy`. `register` rejects with `InvalidOptionError` for an option that cannot work.
 *
 * @example
 * ```ts
 * await app.register(fastifySessions, { sessions })
 * app.get('/cart', (request) => request.session.data.cart ?? [])
 * ```
 */
export const fastifySessions: FastifyPluginAsync<FastifySessionsOptions> = Object.assign(registerSessions, {
  // What fastify-plugin does: the hooks are the instance's own, not those of a context within it.
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'sessera',
  [Symbol.for('plugin-meta')]: { name: 'sessera', fastify: '>=5.0.0' },
})

async function registerSessions(app: FastifyInstance, options: FastifySessionsOptions): Promise<void> {
  const open = awaitedSessions<FastifyRequest>(options.sessions, options, isSecure, ['sessions'])
  if (!app.hasRequestDecorator(heldSession)) {
    app.decorateRequest('session', { getter: sessionOfRaw, setter: refuseSession })
    app.decorateRequest(heldSession, null)
  }
  app.addHook('onRequest', async (request: Held, reply) => {
    const held = await open(request.raw, reply.raw, request, (error) => respondWith(error as Error, reply))
    if (held !== undefined) request[heldSession] = held
  })
  app.addHook('onSend', async (request: Held, reply, payload) => {
    try {
      await request[heldSession]?.commitEarly(statusOf(reply, payload), isWhole(payload))
    } catch (error) {
      discardReply(reply, error, payload)
      throw error
    }
  })
}

function isSecure({ protocol }: FastifyRequest): boolean {
  return protocol === 'https'
}

function sessionOfRaw(this: FastifyRequest): Session {
  return sessionOn(this.raw) as Session
}

function refuseSession(this: FastifyRequest, value: unknown): void {
  Object.assign(this.raw, { session: value }) // which refuses it
}

/** A stream may still read the session. */
function isWhole(payload: unknown): boolean {
  return typeof payload !== 'object' || payload === null || Buffer.isBuffer(payload)
}

/** Of a `Response`, Fastify takes the status later. */
function statusOf(reply: FastifyReply, payload: unknown): number {
  return payload instanceof Response ? payload.status : reply.statusCode
}
