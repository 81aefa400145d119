import { connect, type Socket } from 'node:net'
import { createLane } from './lane.js'
import { isPush, ReplyCutter } from './replies.js'

/** What can go wrong with one reply: it is not delivered, or twice, or after the one that follows it. */
export type Slip = 'drop' | 'duplicate' | 'shift'

/** One connection through the fault proxy. */
export interface Link {
  cut(how: 'reset' | 'end'): void
  fallSilent(): void
  hold(): void
  release(): void
}

/** What the proxy says about bytes and replies. */
export interface LinkRules {
  requestDueAt(size: number): number
  replyDueAt(size: number): number
  takeSlip(): Slip | undefined
  /** Whether the connection breaks in the middle of this reply. */
  takeCut(): boolean
  onClosed(): void
}

export function createLink(client: Socket, target: number, rules: LinkRules): Link {
  const server = connect(target, '127.0.0.1')
  const requests = createLane((bytes) => void server.write(bytes))
  const replies = createLane((bytes) => void client.write(bytes))
  const cutter = new ReplyCutter()
  let isSilent = false
  let isCut = false
  let shifted: Buffer | undefined

  function putReply(reply: Buffer): void {
    if (isPush(reply)) return send(reply)
    if (rules.takeCut()) return cutIn(reply)
    const slip = shifted === undefined ? rules.takeSlip() : undefined
    if (slip === 'drop') return
    if (slip === 'shift') {
      shifted = reply
      return
    }
    send(reply)
    if (slip === 'duplicate') send(reply)
    if (shifted !== undefined) send(shifted)
    shifted = undefined
  }

  const send = (reply: Buffer): void => replies.put(reply, rules.replyDueAt(reply.length))

  function cutIn(reply: Buffer): void {
    isCut = true
    client.write(reply.subarray(0, Math.ceil(reply.length / 2)), () => link.cut('reset'))
  }

  client.on('data', (bytes) => {
    if (!isSilent) requests.put(bytes, rules.requestDueAt(bytes.length))
  })
  server.on('data', (bytes) => {
    if (isSilent) return
    for (const reply of cutter.push(bytes)) if (!isCut) putReply(reply)
  })
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.setNoDelay()
    one.on('error', () => {}) // told by 'close'
    one.on('close', () => {
      requests.clear()
      replies.clear()
      if (!isSilent || one === client) other.destroy()
      rules.onClosed()
    })
  }

  const link: Link = {
    cut(how) {
      if (how === 'end') client.end()
      else client.resetAndDestroy()
      server.destroy()
    },
    fallSilent() {
      isSilent = true
      requests.clear()
      replies.clear()
    },
    hold: () => requests.hold(),
    release: () => requests.release(),
  }
  return link
}
