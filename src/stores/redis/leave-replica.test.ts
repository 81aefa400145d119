import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { leaveReplicas } from './leave-replica.js'

// That each client then finds the new master is seen on real servers, in test/clients.

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

it('makes a client connect again at most once a second', () => {
  const disconnect = vi.fn<(reconnects: boolean) => void>()
  const leave = leaveReplicas({ callBuffer() {}, status: 'ready', disconnect })
  leave()
  vi.advanceTimersByTime(999)
  leave()
  expect(disconnect.mock.calls).toEqual([[true]])
  vi.advanceTimersByTime(1)
  leave()
  expect(disconnect).toHaveBeenCalledTimes(2)
})

it('leaves a client alone that is connecting already', () => {
  const disconnect = vi.fn<(reconnects: boolean) => void>()
  leaveReplicas({ callBuffer() {}, status: 'connecting', disconnect })()
  expect(disconnect).not.toHaveBeenCalled()
})

const never = (): never => {
  throw new Error('It was told something.')
}

it.each([
  ['an ioredis Cluster', { callBuffer() {}, nodes() {}, status: 'ready' }],
  ['a node-redis Cluster, Sentinel or pool', { nodeClient() {} }],
  ['a glide Cluster', { customCommand: never, invokeScriptWithRoute() {} }],
])('leaves %s alone, which looks for the master itself', (_name, client) => {
  const told = vi.fn<() => Promise<string>>(async () => 'OK')
  leaveReplicas({ disconnect: told, sendCommand: told, ...client })()
  expect(told).not.toHaveBeenCalled()
})

it('takes an error of a client that is not connected for granted', async () => {
  const sendCommand = vi.fn<(command: readonly string[]) => Promise<string>>(() =>
    Promise.reject(new Error('The client is closed')),
  )
  leaveReplicas({ isReady: false, sendCommand })()
  await Promise.resolve()
  expect(sendCommand).toHaveBeenCalledWith(['QUIT'])
})
