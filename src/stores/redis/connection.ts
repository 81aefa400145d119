import { clientKind } from './client-kind.js'

interface NodeRedisClient {
  /** Counts the connections that the client has made; since version 5. */
  readonly socketEpoch?: unknown
}

interface IoredisClient {
  readonly stream?: unknown
  readonly options?: { readonly enableAutoPipelining?: unknown }
}

/**
 * For a client that sends all commands over one connection, in order: a function that names the present connection, `undefined` if
 * there is none or the client does not show it. For other clients `undefined`.
 */
export function connectionOf(client: object): (() => unknown) | undefined {
  const kind = clientKind(client)
  if (kind === 'ioredis') return () => (client as IoredisClient).stream ?? undefined
  if (kind === 'node-redis') return () => (client as NodeRedisClient).socketEpoch || undefined
  return undefined
}

/** Whether the client collects what it is given in one turn of the event loop, and writes it when the turn ends. */
export function writesLater(client: object): boolean {
  const kind = clientKind(client)
  if (kind === 'ioredis') return Boolean((client as IoredisClient).options?.enableAutoPipelining)
  return kind === 'node-redis' && 'socketEpoch' in client
}
