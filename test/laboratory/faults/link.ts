import { connect, type Socket } from 'node:net'
import { createLane } from './lane.js'
import { isError, isPush, ReplyCutter, subjectOf } from './replies.js'

/** What can go wrong with one reply: it is not delivered, or twice, or after the one that follows it. */
export type Slip = 'drop' | 'duplicate' | 'shift'

/** Waits for one command. */
export interface Trap {
  /**
   * `command`: it does not get to Redis, nor does what follows it. `reply`: Redis has done it, and its reply does not come back, nor
   * do those that follow it.
   */
  readonly keeps: 'command' | 'reply'
  isMeant(command: string): boolean
  spring(): void
}

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
  /** Two replies changed places that say the same, or are about the same: nothing has slipped, and the next one is to. */
  slippedInVain(): void
  /** Whether the connection breaks in the middle of this reply. */
  takeCut(): boolean
  /** What is being waited for, on whatever connection. */
  trap(): Trap | undefined
  onClosed(): void
}

export function createLink(client: Socket, target: number, rules: LinkRules): Link {
  const server = connect(target, '127.0.0.1')
  const requests = createLane((bytes) => void server.write(bytes))
  const replies = createLane((bytes) => void client.write(bytes))
  const cutter = new ReplyCutter()
  const commands = new ReplyCutter() // they have the form of replies
  let isSilent = false
  let isCut = false
  let shifted: Buffer | undefined
  let [sent, answered] = [0, 0]
  let awaited: { readonly trap: Trap; readonly number: number } | undefined

  function watchCommands(bytes: Buffer): void {
    for (const command of commands.push(bytes)) {
      sent++
      const trap = rules.trap()
      if (!trap?.isMeant(command.toString('latin1'))) continue
      if (trap.keeps === 'reply') awaited = { trap, number: sent }
      else {
        requests.hold()
        trap.spring()
      }
    }
  }

  function watchReply(reply: Buffer): void {
    answered++
    if (awaited?.number !== answered || awaited.trap !== rules.trap()) return
    if (isError(reply)) return // it was not done, and may be sent again in another form
    replies.hold()
    awaited.trap.spring()
  }

  function putReply(reply: Buffer): void {
    if (isPush(reply)) return send(reply)
    watchReply(reply)
    if (rules.takeCut()) return cutIn(reply)
    const slip = shifted === undefined ? rules.takeSlip() : undefined
    if (slip === 'drop') return
    if (slip === 'shift') {
      shifted = reply
      return
    }
    send(reply)
    if (slip === 'duplicate') send(reply)
    if (shifted !== undefined && isTheSame(reply, shifted)) rules.slippedInVain()
    if (shifted !== undefined) send(shifted)
    shifted = undefined
  }

  const send = (reply: Buffer): void => replies.put(reply, rules.replyDueAt(reply.length))

  function cutIn(reply: Buffer): void {
    isCut = true
    client.write(reply.subarray(0, Math.ceil(reply.length / 2)), () => link.cut('reset'))
  }

  client.on('data', (bytes) => {
    if (isSilent) return
    watchCommands(bytes)
    requests.put(bytes, rules.requestDueAt(bytes.length))
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
      if (one === client) rules.onClosed()
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

function isTheSame(one: Buffer, other: Buffer): boolean {
  const subject = subjectOf(one)
  return one.equals(other) || (subject !== undefined && subject === subjectOf(other))
}
