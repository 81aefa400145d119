import type { Next } from './next.js'
import {
  requestSessions,
  type AdapterOptions,
  type NodeRequest,
  type NodeResponse,
  type OpensSessions,
} from './request-sessions.js'
import type { SessionHooks } from './session-hooks.js'

/**
 * Opens the session of a request. The result commits it early; `undefined` if the request has its session already. Rejects if it could not be
 * opened. `onError` gets errors of a response that began before it was committed.
 */
export type OpenAwaited<Asked> = (
  request: NodeRequest,
  response: NodeResponse,
  asked: Asked,
  onError: Next,
) => Promise<Pick<SessionHooks, 'commitEarly'> | undefined>

/**
 * For frameworks that await what is mounted and take its errors as rejections. They hand an error to the application only until the response begins,
 * so their adapters commit at the end of the handlers. The response is held as well, for handlers that write to it themselves.
 */
export function awaitedSessions<Asked>(
  sessions: OpensSessions,
  options: AdapterOptions<Asked>,
  isSecure: (asked: Asked) => unknown,
  ownOptions: readonly string[] = [],
): OpenAwaited<Asked> {
  const requests = requestSessions(sessions, options, isSecure, ownOptions)
  return async (request, response, asked, onError) => {
    const present = requests.present(request)
    if (present === undefined) return requests.attach(request, response, await requests.open(request, asked), onError)
    if (present.problem !== undefined) throw present.problem as Error
    return undefined
  }
}
