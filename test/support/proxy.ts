import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createLink, type Link, type Slip, type Trap } from '../laboratory/faults/link.js'
import type { Random } from './random.js'
import { listen } from './listen.js'

/** A way to Redis, on 127.0.0.1, that can be broken. Everything is well until something is set or called. */
export interface FaultProxy {
  readonly port: number
  /** The port that new connections lead to; those that are open stay where they are. */
  target: number
  /** Added to each reply. */
  latencyMs: number
  /** Up to how much more, at random. */
  jitterMs: number
  /** In each direction, shared by all connections. */
  bytesPerSecond: number | undefined
  /** New connections are reset at once. */
  isRefusing: boolean
  /** When connections were made, by `performance.now()`. */
  readonly connectedAt: readonly number[]
  /** How many replies were dropped, duplicated or shifted. */
  readonly slips: number
  /** Breaks all connections, by RST or by FIN. */
  cut(how: 'reset' | 'end'): void
  /** Breaks the connection of the next reply when half of it has left. */
  cutInReply(): void
  /**
   * Swallows the bytes of both directions and tells nobody: connections that are open now are dead for good. Those that are made
   * meanwhile come through with `heal`.
   */
  fallSilent(): void
  /** Keeps the bytes that go to Redis, until `release`. */
  hold(): void
  release(): void
  /** Does that to the next reply, on whatever connection; `later`: to one of those that follow it. */
  slip(kind: Slip, later?: number): void
  /**
   * Stops the next command that is meant, or its reply: its connection stands still from there on. Resolves when it has come so
   * far. Replaces what was waited for before.
   */
  catchNext(keeps: Trap['keeps'], isMeant: Trap['isMeant']): Promise<void>
  /** Waits for no command any more. */
  catchNothing(): void
  /** Ends all faults. Dead connections stay dead, what slipped stays shifted. */
  heal(): void
  stop(): Promise<void>
}

export async function startFaultProxy(target: number, random: Random): Promise<FaultProxy> {
  const links = new Set<Link>()
  const server = createServer(accept)
  const wires = { requests: createWire(), replies: createWire() }
  let [isSilent, isHeld, cutsInReply] = [false, false, false]
  let pendingSlip: Slip | undefined
  let repliesBeforeSlip = 0
  let trap: Trap | undefined
  const connectedAt: number[] = []
  let slips = 0

  function accept(socket: Socket): void {
    connectedAt.push(performance.now())
    if (proxy.isRefusing) return void socket.resetAndDestroy()
    const link = createLink(socket, proxy.target, {
      requestDueAt: (size) => wires.requests.leavesAt(size, proxy.bytesPerSecond),
      replyDueAt: (size) => wires.replies.leavesAt(size, proxy.bytesPerSecond) + delay(),
      takeSlip() {
        if (pendingSlip !== undefined && repliesBeforeSlip-- > 0) return undefined
        const slip = pendingSlip
        pendingSlip = undefined
        if (slip !== undefined) slips++
        return slip
      },
      slippedInVain() {
        slips--
        pendingSlip = 'shift'
        repliesBeforeSlip = 0
      },
      takeCut() {
        const isCut = cutsInReply
        cutsInReply = false
        return isCut
      },
      trap: () => trap,
      onClosed: () => links.delete(link),
    })
    if (isSilent || isHeld) link.hold()
    links.add(link)
  }

  const delay = (): number => proxy.latencyMs + proxy.jitterMs * random.next()

  const { port } = await listen(server)

  const proxy: FaultProxy = {
    port,
    target,
    latencyMs: 0,
    jitterMs: 0,
    bytesPerSecond: undefined,
    isRefusing: false,
    connectedAt,
    get slips() {
      return slips
    },
    cut: (how) => links.forEach((link) => link.cut(how)),
    cutInReply() {
      cutsInReply = true
    },
    fallSilent() {
      isSilent = true
      links.forEach((link) => link.fallSilent())
    },
    hold() {
      isHeld = true
      links.forEach((link) => link.hold())
    },
    release() {
      isHeld = false
      links.forEach((link) => link.release())
    },
    slip(kind, later = 0) {
      pendingSlip = kind
      repliesBeforeSlip = later
    },
    catchNext: (keeps, isMeant) =>
      new Promise((resolve) => {
        const spring = (): void => {
          trap = undefined
          resolve()
        }
        trap = { keeps, isMeant, spring }
      }),
    catchNothing() {
      trap = undefined
    },
    heal() {
      proxy.latencyMs = 0
      proxy.jitterMs = 0
      proxy.bytesPerSecond = undefined
      proxy.isRefusing = false
      isSilent = false
      cutsInReply = false
      pendingSlip = undefined
      trap = undefined
      proxy.release()
    },
    async stop() {
      server.close()
      links.forEach((link) => link.cut('reset'))
      await once(server, 'close')
    },
  }
  return proxy
}

/** Where bytes of all connections follow one another. */
function createWire(): { leavesAt(size: number, bytesPerSecond: number | undefined): number } {
  let busyUntil = 0
  return {
    leavesAt(size, bytesPerSecond) {
      const now = performance.now()
      if (bytesPerSecond === undefined) return now
      busyUntil = Math.max(busyUntil, now) + (size * 1000) / bytesPerSecond
      return busyUntil
    },
  }
}
