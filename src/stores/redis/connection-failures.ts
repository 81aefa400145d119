import { StoreUnavailableError } from '../../errors.js'

interface Failure {
  /** In the name, the code or the text of the error. Most clients give texts alone. */
  readonly sign: RegExp
  readonly meaning: string
}

/** No answer can have come: there is no connection, or it broke. The first that fits tells it best. */
const failures: readonly Failure[] = [
  {
    // node-redis; the last two are what its Clusters and Sentinels run into before they are connected.
    sign: /\bClientClosedError\b|The client is closed|reading '(?:master|isReady)'/,
    meaning:
      'the client is not connected; call client.connect() when the application starts, and close it only when that ends',
  },
  {
    // ioredis and iovalkey; valkey-glide
    sign: /Connection is closed|retry is disabled|Cluster is disconnect|\bClosingError\b|the client is closed/i,
    meaning:
      'the client is closed, or has given up reconnecting; let it try for ever, and close it only when the application ends',
  },
  {
    sign: /\bClientOfflineError\b|The client is offline|Stream isn't writeable|Cluster isn't ready/,
    meaning: 'the client has no connection at present; it is connecting, or the server is down',
  },
  {
    sign: /\bRootNodesUnavailableError\b|\bClusterAllFailedError\b|None of startup nodes|refresh slots cache|Too many Cluster redirections|All the root nodes|sentinels are unreachable|ConnectionNotFound|AllConnectionsUnavailable/i,
    meaning: 'the client finds no node that answers for this key; check the nodes of the Cluster or the Sentinels',
  },
  {
    sign: /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|ENOENT|EACCES|ETIMEDOUT)\b|Connection refused|\bConnectionTimeoutError\b|Connection timeout/i,
    meaning: 'the connection could not be made; check the address, and that the server runs',
  },
  {
    sign: /\b(?:ECONNRESET|ECONNABORTED|EPIPE|ERR_STREAM_\w+|ERR_SOCKET_CLOSED)\b|broken pipe|Socket closed|\bSocketClosedUnexpectedlyError\b|\bDisconnectsClientError\b|Disconnects client|\bSocketTimeout\w*|Socket timeout|\bMaxRetriesPerRequestError\b|max retries per request|Node is disconnected|\bConnectionError\b|FatalReceiveError|\bwrite after end\b/i,
    meaning: 'the connection broke before the answer came; the client is connecting again, or the server is down',
  },
]

/** The client waited as long as it may. */
const silence = /\btimed out\b|\bTimeoutError\b|\bCommandTimeout\w*|Waited to write command/i

/**
 * For an error by which a client says that it has no connection, or lost it: one whose message says so, and whose `reason` is
 * `'unreachable'`; or, where it waited in vain for an answer, `'silent'`. `undefined` for all others.
 */
export function connectionFailure(error: unknown): StoreUnavailableError | undefined {
  if (!(error instanceof Error)) return undefined
  const signs = signsOf(error)
  const failure = failures.find(({ sign }) => sign.test(signs))
  if (failure !== undefined) {
    const name = nameOf(error, failure.sign.exec(error.message)?.[0])
    return new StoreUnavailableError(`Redis cannot be reached: ${failure.meaning}${name}.`, error, 'unreachable')
  }
  if (!silence.test(signs)) return undefined
  return new StoreUnavailableError(
    `Redis did not answer in the time that the client gives it${nameOf(error)}.`,
    error,
    'silent',
  )
}

function signsOf(error: Error): string {
  return [className(error), error.name, codeOf(error), error.message].join('\n')
}

/** The texts themselves may repeat what was sent. */
function nameOf(error: Error, sign = ''): string {
  const known = [codeOf(error), error.name, className(error), sign].find(
    (name) => /^\w{2,50}$/.test(name) && !/^(?:Aggregate|Type)?Error$/.test(name),
  )
  return known === undefined ? '' : ` (${known})`
}

/** node-redis names its errors by their classes alone. */
function className(error: Error): string {
  return error.constructor?.name ?? ''
}

function codeOf(error: Error): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}
