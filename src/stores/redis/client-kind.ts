// iovalkey is a fork of ioredis.
type Library = 'node-redis' | 'ioredis' | 'glide'
type ClientKind = Library | `${Library}-cluster` | 'node-redis-sentinel' | 'node-redis-pool'

/** The library and class of a client, judged by its methods; `undefined` for anything else. */
export function clientKind(client: unknown): ClientKind | undefined {
  const has = (method: string): boolean => hasMethod(client, method)
  // A mock of ioredis has a customCommand of its own.
  if (has('customCommand') && !has('scanStream')) return has('invokeScriptWithRoute') ? 'glide-cluster' : 'glide'
  // Before node-redis: ioredis has a sendCommand too, with another meaning.
  if (has('callBuffer')) return has('nodes') ? 'ioredis-cluster' : 'ioredis'
  if (!has('sendCommand') || has('internal_send_command')) return undefined
  if (has('nodeClient')) return 'node-redis-cluster'
  if (has('getSentinelNode')) return 'node-redis-sentinel'
  return (client as { tasksQueueLength?: unknown }).tasksQueueLength === undefined ? 'node-redis' : 'node-redis-pool'
}

/** Whether the client routes each key to the server that holds it. */
export function isCluster(client: unknown): boolean {
  return clientKind(client)?.endsWith('-cluster') === true
}

/** Whether `client` has a method of this name. */
export function hasMethod(client: unknown, method: string): boolean {
  return typeof (client as Readonly<Record<string, unknown>> | null | undefined)?.[method] === 'function'
}
