import { StoreUnavailableError } from '../../errors.js'

interface ConnectionProblem {
  /** Fits the class, name, code or message of the error. Most clients give messages alone. */
  readonly pattern: RegExp
  readonly meaning: string
}

/** There is no connection, or it broke. The first that fits says it best. */
const problems: readonly ConnectionProblem[] = [
  {
    // node-redis; the last two come from its Clusters and Sentinels before they are connected.
    pattern: /\bClientClosedError\b|The client is closed|reading '(?:master|isReady)'/,
    meaning:
      'the client is not connected; call client.connect() when the application starts, and close it only when that ends',
  },
  {
    // ioredis and iovalkey; valkey-glide
    pattern: /Connection is closed|retry is disabled|Cluster is disconnect|\bClosingError\b|the client is closed/i,
    meaning:
      'the client is closed, or has given up reconnecting; let it try for ever, and close it only when the application ends',
  },
  {
    pattern: /\bClientOfflineError\b|The client is offline|Stream isn't writeable|Cluster isn't ready/,
    meaning: 'the client has no connection at present; it is connecting, or the server is down',
  },
  {
    pattern:
      /\bRootNodesUnavailableError\b|\bClusterAllFailedError\b|None of startup nodes|refresh slots cache|Too many Cluster redirections|All the root nodes|sentinels are unreachable|ConnectionNotFound|AllConnectionsUnavailable/i,
    meaning: 'the client finds no node that answers for this key; check the nodes of the Cluster or the Sentinels',
  },
  {
    pattern:
      /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|ENOENT|EACCES|ETIMEDOUT)\b|Connection refused|\bConnectionTimeoutError\b|Connection timeout/i,
    meaning: 'the connection could not be made; check the address, and that the server runs',
  },
  {
    pattern:
      /\b(?:ECONNRESET|ECONNABORTED|EPIPE|ERR_STREAM_\w+|ERR_SOCKET_CLOSED)\b|broken pipe|Socket closed|\bSocketClosedUnexpectedlyError\b|\bDisconnectsClientError\b|Disconnects client|\bSocketTimeout\w*|Socket timeout|\bMaxRetriesPerRequestError\b|max retries per request|Node is disconnected|\bConnectionError\b|FatalReceiveError|\bwrite after end\b/i,
    meaning: 'the connection broke before the answer came; the client is connecting again, or the server is down',
  },
]

/** The client waited for a reply until its own time limit. */
const timeout = /\btimed out\b|\bTimeoutError\b|\bCommandTimeout\w*|Waited to write command/i

/**
 * The error for a client's error about its connection, with the `reason` `'unreachable'` if there is none or it broke, `'silent'` if the
 * client timed out. `undefined` for all other errors.
 */
export function connectionError(error: Error): StoreUnavailableError | undefined {
  // node-redis names its errors by their classes alone.
  const names = [codeOf(error), error.name, error.constructor?.name ?? '']
  const text = [...names, error.message].join('\n')
  const problem = problems.find(({ pattern }) => pattern.test(text))
  if (problem !== undefined) {
    const name = nameFrom([...names, problem.pattern.exec(error.message)?.[0] ?? ''])
    return new StoreUnavailableError(`Redis cannot be reached: ${problem.meaning}${name}.`, error, 'unreachable')
  }
  if (!timeout.test(text)) return undefined
  const message = `Redis did not answer in the time that the client gives it${nameFrom(names)}.`
  return new StoreUnavailableError(message, error, 'silent')
}

/** The first that names the error. Whole messages are left out: they may repeat what was sent. */
function nameFrom(names: readonly string[]): string {
  const known = names.find((name) => /^\w{2,50}$/.test(name) && !/^(?:Aggregate|Type)?Error$/.test(name))
  return known === undefined ? '' : ` (${known})`
}

function codeOf(error: Error): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}
