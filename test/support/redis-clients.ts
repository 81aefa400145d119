import { Redis } from 'ioredis'
import { createClient } from 'redis'
import type { RedisClient } from 'sessera/redis'

/** A client as an application would make it, set to fail at once rather than wait while the server is away. */
export interface TestClient {
  readonly client: RedisClient
  /** The same, but the server gets every command twice, as when a client re-sends what it had no reply to. */
  readonly sendingTwice: RedisClient
  close(): void
}

/** The clients that the store is tested with on a real server. */
export const testClients: readonly { readonly name: string; connect(url: string): Promise<TestClient> }[] = [
  {
    name: 'node-redis',
    async connect(url) {
      const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: 20 } })
      client.on('error', () => {})
      client.connect().catch(() => {})
      await new Promise((resolve) => client.once('ready', resolve).once('error', resolve))
      const sendCommand = async (command: string[]): Promise<unknown> => {
        await client.sendCommand(command)
        return client.sendCommand(command)
      }
      return { client, sendingTwice: { sendCommand }, close: () => client.destroy() }
    },
  },
  {
    name: 'ioredis',
    async connect(url) {
      const client = new Redis(url, {
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
        retryStrategy: () => 20,
        enableAutoPipelining: true,
      })
      client.on('error', () => {})
      await new Promise((resolve) => client.once('ready', resolve).once('error', resolve))
      const call = async (name: string, ...parameters: string[]): Promise<unknown> => {
        await client.call(name, ...parameters)
        return client.call(name, ...parameters)
      }
      return { client, sendingTwice: { call, callBuffer: call }, close: () => client.disconnect() }
    },
  },
]
