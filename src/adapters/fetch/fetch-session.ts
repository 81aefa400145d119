import { attachment } from '../../core/request/attachment.js'
import type { OpenedSession } from '../../core/request/opened-session.js'
import type { Session } from '../../core/request/session.js'
import { openAtOnce, type Sessions } from '../../core/sessions.js'
import { InvalidArgumentError } from '../../errors.js'
import type { OpenOptions } from '../../options.js'
import { checkFunctions, checkOpening, checkSessions } from '../check-options.js'
import type { ResponseHead } from '../response/http-response.js'
import { statusOf } from '../response/error-status.js'
import { setSessionHeaders } from '../response/session-headers.js'
import { atBodyEnd } from './body-end.js'
import { FetchRequestContext, type TransportOptions } from './fetch-request-context.js'
import { FetchHead, isWhole, withMutableHeaders } from './response-head.js'

/** Options of adapters whose requests and responses are those of `fetch`. */
export interface FetchSessionOptions extends Pick<OpenOptions, 'onOutage'>, TransportOptions {
  /** Whether reading the session renews it; a function decides for each request. Default `true`. */
  readonly renew?: boolean | ((request: Request) => boolean)
}

/** The session of a request, until its response is known. */
export interface FetchSession<Data extends object> {
  readonly session: Session<Data>
  /**
   * Stores or ends the session, as the handler asked, and resolves to the response with its cookies and caching headers: to the
   * same one, or to a copy if its headers cannot be changed. Call it before the first byte is sent; a streamed body goes on afterwards.
   *
   * Rejects if something could not be stored. The response must not be sent then; its body is cancelled.
   */
  commit(response: Response): Promise<Response>
  /** Instead of `commit`, if the handler threw this: stores what a response with the error's status would. Rejects as `commit` does. */
  commitFailed(error: unknown): Promise<void>
}

/** As adapters see it whose frameworks make the `Response` later, of what the handler returned and a head of their own. */
export interface HeadSession<Data extends object> extends FetchSession<Data> {
  /** Stores what a response with this status does, and sets its cookies and caching headers. Rejects as `commit` does. */
  commitHead(status: number, head: ResponseHead, isWhole: boolean): Promise<void>
  /** What to call when the last byte has been sent, if anything. */
  readonly bodyEnded: (() => void) | undefined
}

const present: unique symbol = Symbol('session')

interface WithSession {
  /** On the request itself: a `WeakMap` with an entry for each request would cost the garbage collector more than the rest. */
  [present]?: { readonly sessions: unknown; readonly opened: HeadSession<object> }
}

/** @throws InvalidOptionError for what cannot work */
export function checkFetchOptions(
  sessions: Partial<Pick<Sessions<object>, 'open'>> | undefined,
  options: FetchSessionOptions,
  ownOptions: readonly string[] = [],
): void {
  checkSessions(sessions)
  const functions = ['isSecure', 'isDirect', ...ownOptions]
  checkOpening(options, functions)
  checkFunctions(options, functions)
}

/** The session that was opened for this request already. @throws InvalidArgumentError if it is one of other sessions */
export function presentSession<Data extends object>(
  sessions: Sessions<Data>,
  request: Request,
): HeadSession<Data> | undefined {
  const known = (request as WithSession)[present]
  if (known === undefined) return undefined
  if (known.sessions === sessions) return known.opened
  throw new InvalidArgumentError('This request has a session of other sessions: mount only one of them for a route.')
}

/**
 * Opens the session of a request. The same request gives the same session again.
 *
 * Rejects with `StoreUnavailableError` if the store fails, unless `onOutage` is `anonymous`.
 */
export function openFetchSession<Data extends object>(
  sessions: Sessions<Data>,
  request: Request,
  options: FetchSessionOptions = {},
): Promise<FetchSession<Data>> {
  return openHeadSession(sessions, request, options)
}

/** The same, for adapters whose frameworks make the `Response` later, or where nothing can set its cookies. */
export async function openHeadSession<Data extends object>(
  sessions: Sessions<Data>,
  request: Request,
  options: FetchSessionOptions,
  setsCookies = true,
): Promise<HeadSession<Data>> {
  const known = presentSession(sessions, request)
  if (known !== undefined) return known
  const { onOutage = 'fail', renew = true } = options
  const context = new FetchRequestContext(request, options, setsCookies)
  const renews = typeof renew === 'function' ? renew(request) : renew
  const opened = await openAtOnce(sessions, request.headers.get('cookie') ?? undefined, context, {
    onOutage,
    renew: renews,
  })
  const attached = opened.session[attachment]
  attached.sessions = sessions
  attached.outage = opened.outage
  const result = new CommittedByResponse<Data>(opened)
  ;(request as WithSession)[present] = { sessions, opened: result }
  return result
}

class CommittedByResponse<Data extends object> implements HeadSession<Data> {
  readonly session: Session<Data>
  readonly #opened: OpenedSession<Data>

  constructor(opened: OpenedSession<Data>) {
    this.session = opened.session
    this.#opened = opened
  }

  // A getter, so that `const { session, commit } = await openSession(…)` works.
  get commit(): (response: Response) => Promise<Response> {
    return (response) => this.#commit(response)
  }

  async #commit(response: Response): Promise<Response> {
    const opened = this.#opened
    try {
      const result = await opened.commit(response.status)
      const untouched = result.caching === 'untouched'
      const whole = !untouched || isWhole(response)
      if (!untouched || !whole) {
        response = withMutableHeaders(response)
        setSessionHeaders(new FetchHead(response.headers), result, opened.session.handle, whole)
      }
      return opened.watchesLateChanges === false ? response : atBodyEnd(response, opened.responseClosed)
    } catch (error) {
      response.body?.cancel().catch(() => {})
      throw error
    }
  }

  async commitHead(status: number, head: ResponseHead, isWhole: boolean): Promise<void> {
    const result = await this.#opened.commit(status)
    setSessionHeaders(head, result, this.session.handle, isWhole)
  }

  get bodyEnded(): (() => void) | undefined {
    const { watchesLateChanges, responseClosed } = this.#opened
    return watchesLateChanges === false ? undefined : responseClosed
  }

  async commitFailed(error: unknown): Promise<void> {
    await this.#opened.commit(statusOf(error))
  }
}
