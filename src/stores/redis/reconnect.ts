import type { Send } from './client.js'
import { performance } from '../../engine/timers.js'

/** By which clients are recognised, and how some are told. */
interface SomeClient {
  /** ioredis and iovalkey, their Clusters too. */
  readonly callBuffer?: unknown
  readonly status?: unknown
  disconnect?(reconnects: boolean): void
  /** A Cluster of ioredis or of node-redis, a Sentinel of node-redis, a Cluster of glide. */
  readonly nodes?: unknown
  readonly nodeClient?: unknown
  readonly getSentinelNode?: unknown
  readonly invokeScriptWithRoute?: unknown
  /** A pool of node-redis. */
  readonly tasksQueueLength?: unknown
}

/** Whether the client stays with one server, wherever its address leads, and does not look for the master by itself. */
export function hasOneServer(client: object): boolean {
  const { nodes, nodeClient, getSentinelNode, invokeScriptWithRoute }: SomeClient = client
  return [nodes, nodeClient, getSentinelNode, invokeScriptWithRoute].every((trait) => trait === undefined)
}

/**
 * Gives what makes a client end the connection that leads to a key, and connect again; at most once in `pauseMs`. For what does
 * not get well otherwise: a master that was demoted keeps its connections, and replies that have come out of step stay so. (ST-1)
 *
 * A Cluster of ioredis ends all its connections. Which connection of a pool it would be nobody knows: those are left alone.
 */
export function reconnector(someClient: object, send: Send, pauseMs: number): (key: string) => void {
  const client: SomeClient = someClient
  let lastAt = -Infinity

  // The others have no method for it. The server ends the connection once the answers that are due are sent, and the client does
  // what it does whenever a connection ends.
  const quit = async (key: string): Promise<void> => void (await send(key, ['QUIT']))

  return (key) => {
    if (client.tasksQueueLength !== undefined || performance.now() - lastAt < pauseMs) return
    lastAt = performance.now()
    if (client.callBuffer === undefined) quit(key).catch(() => {})
    else if (client.status === 'ready') client.disconnect?.(true)
  }
}
