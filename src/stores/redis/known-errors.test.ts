import { inspect } from 'node:util'
import type { StoreUnavailableError } from 'sessera'
import { describe, expect, it } from 'vitest'
import { explainErrors } from './explain-errors.js'

/** As node-redis names its errors: by their classes alone. */
function classError(name: string, message: string): Error {
  return new (class extends Error {
    static {
      Object.defineProperty(this, 'name', { value: name })
    }
  })(message)
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name })
const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code })

async function explained(error: Error): Promise<StoreUnavailableError> {
  const send = explainErrors(async () => Promise.reject(error))
  const answer = await send('sess:the-id', ['GET', 'sess:the-id']).catch((reason: unknown) => reason)
  return answer as StoreUnavailableError
}

const unreachable: readonly [error: Error, meaning: string][] = [
  [classError('ClientClosedError', 'The client is closed'), 'call client.connect()'],
  [new TypeError("Cannot read properties of undefined (reading 'master')"), 'call client.connect()'],
  [new TypeError("Cannot read properties of undefined (reading 'isReady')"), 'call client.connect()'],
  [new Error('Connection is closed.'), 'the client is closed'],
  [new Error('Cluster is disconnected.'), 'the client is closed'],
  [named('ClosingError', 'Unable to execute requests; the client is closed.'), 'the client is closed'],
  [classError('ClientOfflineError', 'The client is offline'), 'the client has no connection'],
  [new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'the client has no connection'],
  [new Error("Cluster isn't ready and enableOfflineQueue options is false"), 'the client has no connection'],
  [classError('RootNodesUnavailableError', 'All the root nodes are unavailable'), 'no node that serves'],
  [named('ClusterAllFailedError', 'Failed to refresh slots cache.'), 'no node that serves'],
  [new Error('None of startup nodes is available'), 'no node that serves'],
  [new Error('Too many Cluster redirections. Last error: Error: Connection is closed.'), 'the client is closed'],
  [new Error('Too many Cluster redirections. Last error: Error: it is gone'), 'no node that serves'],
  [new Error('All sentinels are unreachable. Retrying from scratch after 10ms.'), 'no node that serves'],
  [coded('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:6379'), 'the connection failed'],
  [Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }), 'the connection failed'],
  [coded('ENOTFOUND', 'getaddrinfo ENOTFOUND redis'), 'the connection failed'],
  [coded('EAI_AGAIN', 'getaddrinfo EAI_AGAIN redis'), 'the connection failed'],
  [new Error('connect ETIMEDOUT'), 'the connection failed'],
  [classError('ConnectionTimeoutError', 'Connection timeout'), 'the connection failed'],
  [coded('ECONNRESET', 'read ECONNRESET'), 'broke before the reply'],
  [coded('EPIPE', 'write EPIPE'), 'broke before the reply'],
  [classError('SocketClosedUnexpectedlyError', 'Socket closed unexpectedly'), 'broke before the reply'],
  [classError('DisconnectsClientError', 'Disconnects client'), 'broke before the reply'],
  [classError('SocketTimeoutError', "Socket timeout timeout. Expecting data, but didn't receive any."), 'broke before'],
  [named('MaxRetriesPerRequestError', 'Reached the max retries per request limit (which is 1).'), 'broke before'],
  [named('ConnectionError', 'Connection error'), 'broke before the reply'],
  [named('RequestError', 'received fatal error - FatalReceiveError'), 'broke before the reply'],
]

const silent: readonly Error[] = [
  new Error('Command timed out'),
  named('TimeoutError', 'timed out'),
  classError('TimeoutError', 'Timeout: Waited to write command for more than 500ms.'),
]

describe('an error of a client', () => {
  it.each(unreachable)(
    'about its connection says in its own message what is the matter: %s',
    async (error, meaning) => {
      const { message, reason, answered, status, cause } = await explained(error)
      expect(message).toMatch(/^Redis cannot be reached: [^\n]+\.$/)
      expect(message).toContain(meaning)
      expect({ reason, answered, status }).toEqual({ reason: 'unreachable', answered: false, status: 503 })
      expect(cause).toBe(error)
    },
  )

  it.each(silent)('that timed out may be about one call only: %s', async (error) => {
    const { message, reason, cause } = await explained(error)
    expect(message).toContain('Redis did not answer within the timeout')
    expect(reason).toBe('silent')
    expect(cause).toBe(error)
  })

  it('is named where it has a name', async () => {
    expect((await explained(classError('ClientClosedError', 'The client is closed'))).message).toContain(
      '(ClientClosedError).',
    )
    expect((await explained(coded('ECONNREFUSED', ''))).message).toContain('(ECONNREFUSED).')
    expect((await explained(new Error('connect ETIMEDOUT'))).message).toContain('(ETIMEDOUT).')
    expect((await explained(new Error('Connection is closed.'))).message).not.toContain('(')
  })

  it.each([
    new TypeError('Invalid argument type'),
    new TypeError('"arguments[1]" must be of type "string | Buffer", got undefined instead.'),
    new Error('ERR syntax error'),
    new Error('WRONGTYPE Operation against a key'),
    new Error('NOSCRIPT No matching script.'),
  ])('about what was sent stays what it is: %s', async (error) => {
    expect(await explained(error)).toBe(error)
  })

  it('that was refused is no broken connection', async () => {
    const error = await explained(new Error('LOADING Redis is loading the dataset in memory'))
    expect(error).toMatchObject({ code: 'STORE_REFUSED', answered: true, reason: undefined })
  })

  it('never contains the key', async () => {
    const error = await explained(coded('EPIPE', 'write EPIPE: GET sess:the-id'))
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('the-id')
  })
})
