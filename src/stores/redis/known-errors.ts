import { StoreFullError, StoreRefusedError, StoreUnavailableError } from '../../errors.js'
import { scriptPermissionError } from './script-permission.js'

// Patterns match the messages of all clients. Errors of the server have no codes, and valkey-glide adds text of its own.

const patterns = {
  /** The server does not have the script of this hash. */
  noScript: /NOSCRIPT|NoScriptError/,
  /** The server cannot compile the script's text. */
  notCompiled: /compiling script/i,
  /** The key holds something other than a string. */
  wrongType: /WRONGTYPE/,
  /** The server does not know an option of the command. */
  syntax: /syntax error/i,
  /** The user may not run the command, or the server does not have it. */
  forbidden: /no permissions|unknown command/i,
} as const

/** Whether the server rejected a command for this reason. */
export function isServerError(error: unknown, reason: keyof typeof patterns): boolean {
  return error instanceof Error && patterns[reason].test(error.message)
}

/** Patterns by meaning. If several match an error, the first describes it best. */
type Meanings = Readonly<Record<string, RegExp>>

const full = /\bOOM\b/
const replica = /\bREADONLY\b|- ReadOnly/

/** "Redis …" Conditions that may be over in a moment. Nothing was carried out, so sending again is safe. */
const passingRefusals: Meanings = {
  'is loading its data after a start': /\bLOADING\b|BusyLoading/,
  'has lost its master': /\bMASTERDOWN\b|MasterDown/,
  'is a read-only replica; connect through Sentinel, or to the master': replica,
  'is part of a cluster that is down for this slot': /\bCLUSTERDOWN\b|- ClusterDown/i,
  'is moving this slot': /\bTRYAGAIN\b|- TryAgain/i,
}

/** "Redis …" */
const lastingRefusals: Meanings = {
  'cannot save to its disk, so it rejects writes; see its log': /\bMISCONF\b/,
  'rejects writes because it has too few replicas': /\bNOREPLICAS\b/,
  'is busy with a script that does not end': /\bBUSY\b|BusyScript/,
  'rejects the login: the user or password is missing or wrong':
    /\b(?:NOAUTH|WRONGPASS)\b|- (?:NoAuth|AuthenticationFailed)/i,
  'denies this user a command; docs/redis.md, "A user of its own", lists what to grant':
    /\bNOPERM\b|no permissions|can't run this command/i,
  'lacks a command that the store needs, or the command was renamed; docs/redis.md, "A user of its own", lists what is needed':
    /\bunknown (?:redis )?command/i,
}

/** "Redis cannot be reached: …" There is no connection, or it broke. */
const connectionProblems: Meanings = {
  // node-redis; the last two come from its Clusters and Sentinels before they are connected.
  'the client is not connected; call client.connect() when the application starts, and close the client only at shutdown':
    /\bClientClosedError\b|The client is closed|reading '(?:master|isReady)'/,
  // ioredis and iovalkey; valkey-glide
  'the client is closed, or has stopped reconnecting; let it retry forever, and close it only at shutdown':
    /Connection is closed|retry is disabled|Cluster is disconnect|\bClosingError\b|the client is closed/i,
  'the client has no connection; it is connecting, or the server is down':
    /\bClientOfflineError\b|The client is offline|Stream isn't writeable|Cluster isn't ready/,
  'the client finds no node that serves this key; check the nodes of the Cluster or the Sentinels':
    /\bRootNodesUnavailableError\b|\bClusterAllFailedError\b|None of startup nodes|refresh slots cache|Too many Cluster redirections|All the root nodes|sentinels are unreachable|ConnectionNotFound|AllConnectionsUnavailable/i,
  'the connection failed; check the address, and whether the server is running':
    /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|ENOENT|EACCES|ETIMEDOUT)\b|Connection refused|\bConnectionTimeoutError\b|Connection timeout/i,
  'the connection broke before the reply; the client is reconnecting, or the server is down':
    /\b(?:ECONNRESET|ECONNABORTED|EPIPE|ERR_STREAM_\w+|ERR_SOCKET_CLOSED)\b|broken pipe|Socket closed|\bSocketClosedUnexpectedlyError\b|\bDisconnectsClientError\b|Disconnects client|\bSocketTimeout\w*|Socket timeout|\bMaxRetriesPerRequestError\b|max retries per request|Node is disconnected|\bConnectionError\b|FatalReceiveError|\bwrite after end\b/i,
}

/** The client waited for a reply until its own time limit. */
const timeout = /\btimed out\b|\bTimeoutError\b|\bCommandTimeout\w*|Waited to write command/i

/** What may help: sending the command again, perhaps to another server, or checking whether another request got the reply. */
export type Remedy = 'send-again' | 'leave-replica' | 'check-connection'

interface Explanation {
  readonly error: Error
  readonly remedy?: Remedy
}

/**
 * Replaces an error of the server or the client by one that says what is wrong and what to do. An unknown error, such as one for a
 * missing script, stays the client's own.
 */
export function explain(error: Error, command: string): Explanation {
  // node-redis names its errors by their classes alone.
  const names = [codeOf(error), error.name, error.constructor?.name ?? '']
  const text = [...names, error.message].join('\n')
  const find = (meanings: Meanings) => Object.entries(meanings).find(([, pattern]) => pattern.test(text))

  if (full.test(text)) return { error: new StoreFullError(error) }
  const permissionError = scriptPermissionError(command, error)
  if (permissionError !== undefined) return { error: permissionError }
  const [passing] = find(passingRefusals) ?? []
  if (passing !== undefined) {
    const remedy = replica.test(text) ? 'leave-replica' : 'send-again'
    return { error: new StoreRefusedError(`Redis ${passing}.`, error), remedy }
  }
  const [lasting] = find(lastingRefusals) ?? []
  if (lasting !== undefined) return { error: new StoreRefusedError(`Redis ${lasting}.`, error) }
  const [problem, pattern] = find(connectionProblems) ?? []
  if (problem !== undefined) {
    const name = nameFrom([...names, pattern?.exec(error.message)?.[0] ?? ''])
    return { error: new StoreUnavailableError(`Redis cannot be reached: ${problem}${name}.`, error, 'unreachable') }
  }
  if (!timeout.test(text)) return { error }
  const message = `Redis did not answer within the timeout of the client${nameFrom(names)}.`
  return { error: new StoreUnavailableError(message, error, 'silent'), remedy: 'check-connection' }
}

/** The first text that is a name. Messages are left out, because they may repeat what was sent. */
function nameFrom(names: readonly string[]): string {
  const known = names.find((name) => /^\w{2,50}$/.test(name) && !/^(?:Aggregate|Type)?Error$/.test(name))
  return known === undefined ? '' : ` (${known})`
}

function codeOf(error: Error): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}
