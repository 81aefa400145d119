import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { leaveReplica, reconnector } from './reconnect.js'

vi.mock(import('../../engine/timers.js'), () => import('../../../test/support/timers/looked-up.js'))

// Tests in test/redis/clients show on real servers that each client then recovers.

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const never = (): never => {
  throw new Error('It was called.')
}

it('makes a client reconnect at most once in the pause', () => {
  const disconnect = vi.fn<(reconnects: boolean) => void>()
  const reconnect = reconnector({ callBuffer() {}, status: 'ready', disconnect }, never, 1000)
  reconnect('key')
  vi.advanceTimersByTime(999)
  reconnect('key')
  expect(disconnect.mock.calls).toEqual([[true]])
  vi.advanceTimersByTime(1)
  reconnect('key')
  expect(disconnect).toHaveBeenCalledTimes(2)
})

it('leaves a client alone that is already connecting', () => {
  reconnector({ callBuffer() {}, status: 'connecting', disconnect: never }, never, 1000)('key')
})

it('makes the server close the connection for the key, and ignores an error of the client', async () => {
  const send = vi.fn<(key: string, command: readonly unknown[]) => Promise<string>>(() =>
    Promise.reject(new Error('The client is closed')),
  )
  reconnector({ isReady: false }, send, 1000)('key')
  await Promise.resolve()
  expect(send.mock.calls).toEqual([['key', ['QUIT']]])
})

it('leaves a pool alone, because it does not show which connection was used', () => {
  reconnector({ sendCommand() {}, tasksQueueLength: 0 }, never, 1000)('key')
})

it.each<[name: string, client: object, expected: boolean]>([
  ['ioredis', { callBuffer() {} }, true],
  ['an ioredis Cluster', { callBuffer() {}, nodes() {} }, false],
  ['node-redis', { sendCommand() {} }, true],
  ['a node-redis Cluster', { sendCommand() {}, nodeClient() {} }, false],
  ['a node-redis Sentinel', { sendCommand() {}, getSentinelNode() {} }, false],
  ['glide', { customCommand() {} }, true],
  ['a glide Cluster', { customCommand() {}, invokeScriptWithRoute() {} }, false],
])('%s: must it be made to leave a replica? %#', (_name, client, expected) => {
  expect(leaveReplica(client, never) !== undefined).toBe(expected)
})
