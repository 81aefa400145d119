import { subscribe } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { SesseraError } from 'sessera'
import { queueLengthOf } from './clients.js'

/** How a backend is. */
export interface Health {
  /** Promises that were rejected and nobody cared. */
  readonly unhandled: number
  /** Records of somebody else that Sessera has refused. */
  readonly mismatches: number
  /** Signs of replies that are none to what was asked, those among them. */
  readonly signs: number
  /** What the process was warned of, by codes. */
  readonly warnings: readonly string[]
  readonly memoryMb: number
  /** Of the client and of the process, and of the connection from a visitor that has most. */
  readonly listeners: number
  /** The most commands, since it was last begun anew, that the client kept because they had no answer yet. */
  readonly queued: number
  /** The longest time since then for which the process was busy with one thing, or had no processor. */
  readonly loopDelayMs: number
}

/** Of a backend that does not run. */
export const nobodysHealth: Health = {
  unhandled: 0,
  mismatches: 0,
  signs: 0,
  warnings: [],
  memoryMb: 0,
  listeners: 0,
  queued: 0,
  loopDelayMs: 0,
}

const sampleMs = 20

/** Looks after this process; gives how it is. `anew`: what is counted from some time on is counted from now on. */
export function watchHealth(client: object, server: Server): (anew: boolean) => Health {
  let [unhandled, mismatches, signs, queued] = [0, 0, 0, 0]
  const warnings: string[] = []
  process.on('unhandledRejection', () => unhandled++)
  process.on('warning', (warning) => warnings.push((warning as { code?: string }).code ?? warning.name))
  subscribe('sessera:record-mismatch', () => mismatches++)
  subscribe('sessera:record-unreadable', () => signs++)
  subscribe('sessera:store-failed', (message) => {
    if (isSign((message as { readonly error: unknown }).error)) signs++
  })
  const emitter = client as EventEmitter
  emitter.on('error', (error) => {
    if (error instanceof TypeError) signs++ // of node-redis, when nobody waits for a reply
  })

  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  setInterval(() => void (queued = Math.max(queued, queueLengthOf(client))), sampleMs)
  const loopDelay = monitorEventLoopDelay({ resolution: 10 })
  loopDelay.enable()

  return (anew) => {
    const health: Health = {
      unhandled,
      mismatches,
      signs: signs + mismatches,
      warnings,
      memoryMb: process.memoryUsage().rss / 2 ** 20,
      listeners: listenersOf(emitter) + listenersOf(process) + Math.max(0, ...[...sockets].map(listenersOf)),
      queued,
      loopDelayMs: loopDelay.max / 1e6,
    }
    if (anew) {
      queued = 0
      loopDelay.reset()
    }
    return health
  }
}

/** Whether a call that failed may have been given another one's reply, or had none. What a client says of its connection is no sign. */
function isSign(error: unknown): boolean {
  return SesseraError.is(error) || /timed out/i.test(String(error))
}

function listenersOf(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)
}
