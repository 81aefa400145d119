/** By which a client is recognised, and how it is told. */
interface SomeClient {
  /** ioredis and iovalkey; `nodes` of their Clusters only. */
  readonly callBuffer?: unknown
  readonly nodes?: unknown
  readonly status?: unknown
  disconnect?(reconnects: boolean): void
  /** node-redis, for a single server. */
  readonly isReady?: unknown
  readonly options?: { readonly legacyMode?: boolean }
  readonly v4?: SomeClient
  sendCommand?(command: readonly string[]): Promise<unknown>
  /** valkey-glide; the second of its Clusters only. */
  customCommand?(command: readonly string[]): Promise<unknown>
  readonly invokeScriptWithRoute?: unknown
}

// So that a server that stays read-only is not besieged.
const pauseMs = 1000

/**
 * Gives what makes a client leave a server that turned out to be a read-only replica, and connect again to wherever its address
 * leads now; at most once a second. A master that was demoted keeps its connections, and a client of a single server would stay
 * there. Clients of a Cluster, and node-redis with Sentinel, look for the master by themselves; a pool of node-redis is left alone.
 */
export function leaveReplicas(client: object): () => void {
  let leftAt = -Infinity
  return () => {
    if (performance.now() - leftAt < pauseMs) return
    leftAt = performance.now()
    leave(client)
  }
}

function leave(client: SomeClient): void {
  if (client.callBuffer !== undefined) {
    if (client.nodes === undefined && client.status === 'ready') client.disconnect?.(true)
    return
  }
  // The others have no method for it. The server ends the connection once the answers that are due are sent, and the client does
  // what it does whenever a connection ends.
  const quit = ['QUIT']
  const ignore = (): void => {}
  if (client.customCommand !== undefined) {
    if (client.invokeScriptWithRoute === undefined) client.customCommand(quit).catch(ignore)
  } else if (typeof client.isReady === 'boolean') {
    const sender = client.options?.legacyMode ? client.v4 : client
    sender?.sendCommand?.(quit).catch(ignore)
  }
}
