import type { IncomingMessage } from 'node:http'
import type { RequestContext } from '../../core/request/request-context.js'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { InvalidArgumentError, NotSignedInError } from '../../errors.js'
import { checkOptionNames } from '../../options/check-option-names.js'
import { checkFunctions, checkSessions } from '../check-options.js'
import { crossSiteCheck, type CrossSiteOptions } from '../cross-site.js'
import { NodeRequestContext } from '../node/node-request-context.js'
import { SocketSession } from './socket-session.js'

/** Options of adapters for sockets. */
export interface SocketSessionsOptions<Data extends object> extends CrossSiteOptions {
  /**
   * Decides whether a visitor may open a socket; it may also change the session and sign in, as a request does, since the first response still
   * sets the cookie. `false` is answered with 401; an error with its `status`. Default: everybody may.
   */
  readonly authorize?: (session: Session<Data>, request: IncomingMessage) => boolean | Promise<boolean>
  /** Whether a request came over HTTPS. Default: whether its own connection is TLS. */
  readonly isSecure?: (request: IncomingMessage) => boolean
}

/** What came of a request that opens a socket. */
export interface OpenedSocket<Data extends object> {
  readonly session: SocketSession<Data>
  /** Complete `Set-Cookie` values for its response. */
  readonly setCookies: readonly string[]
}

/**
 * Opens the sessions of sockets, one for each request that opens a socket. The result rejects with `CrossSiteRequestError`, `NotSignedInError`, or as
 * `sessions.open` does.
 *
 * @throws InvalidOptionError for an option that cannot work.
 */
export function opensSockets<Data extends object>(
  sessions: Sessions<Data>,
  options: SocketSessionsOptions<Data>,
): (request: IncomingMessage) => Promise<OpenedSocket<Data>> {
  checkSessions(sessions)
  checkOptionNames('options', options, ['trustedOrigins', 'authorize', 'isSecure'])
  checkFunctions(options, ['authorize', 'isSecure'])
  const { authorize = () => true, isSecure = () => undefined, trustedOrigins = [] } = options
  const crossSiteError = crossSiteCheck({ trustedOrigins })
  return async (request) => {
    // It begins with GET, but may do whatever its messages may.
    const error = crossSiteError({ method: 'POST', headers: request.headers })
    if (error !== undefined) throw error
    const context = new NodeRequestContext(request, request, isSecure)
    const opened = await sessions.open(request.headers.cookie, context)
    if (!(await authorize(opened.session, request))) throw new NotSignedInError()
    const { setCookies } = await opened.commit()
    const cookie = setCookies.at(-1)?.split(';')[0] ?? request.headers.cookie
    return {
      session: new SocketSession<Data>({ sessions, opened, cookie, context: new MessageContext(context) }),
      setCookies,
    }
  }
}

/** The request of the upgrade, as that of a later message. A class: a getter in an object would give each socket a shape of its own. */
class MessageContext implements RequestContext {
  readonly secure: boolean
  readonly host: string | undefined
  readonly setsCookies = false
  readonly #upgrade: RequestContext

  constructor(upgrade: RequestContext) {
    this.secure = upgrade.secure
    this.host = upgrade.host
    this.#upgrade = upgrade
  }

  // Expensive, and needed only during development.
  get direct(): boolean {
    return this.#upgrade.direct === true
  }
}

const attached = new WeakMap<object, { readonly sessions: unknown; readonly session: SocketSession<object> }>()

/** Gives a socket its session, and closes it when that ends or gets a new secret. Returns what stops listening for that. */
export function attachToSocket<Data extends object>(
  sessions: Sessions<Data>,
  socket: object,
  session: SocketSession<Data>,
  close: (reason: string) => unknown,
): () => void {
  attached.set(socket, { sessions, session })
  if (session.handle === undefined) return () => {}
  return sessions.onEnd(session.handle, ({ reason }) => close(reason), { rotations: true })
}

/**
 * The session of a socket.
 *
 * @throws InvalidArgumentError for a socket that was not opened with these sessions
 */
export function socketSession<Data extends object>(sessions: Sessions<Data>, socket: object): SocketSession<Data> {
  const found = attached.get(socket)
  if (found?.sessions === sessions) return found.session as unknown as SocketSession<Data>
  throw new InvalidArgumentError('This socket was not opened with the given sessions: see docs/sockets.md.')
}
