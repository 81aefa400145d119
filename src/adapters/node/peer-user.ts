import { readFileSync } from 'node:fs'

/** One end of a connection, as `Socket` names it. */
export interface Peer {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localPort?: number | undefined
}

/**
 * The user id of the process at the other end of a connection within this machine, from Linux's tables; `undefined` on other systems,
 * or if the other end is on another machine or already closed.
 */
export function userOfPeer({ remoteAddress, remotePort, localPort }: Peer): number | undefined {
  if (process.platform !== 'linux' || remoteAddress === undefined || !remotePort || !localPort) return undefined
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const user = findUser(readTable(table), remotePort, localPort)
    if (user !== undefined) return user
  }
  return undefined
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/**
 * The user in the line of the peer's socket, whose own port is the peer's and whose other port is ours. Loopback addresses never have
 * two such connections, in whatever form they are listed.
 */
export function findUser(table: string, peerPort: number, ownPort: number): number | undefined {
  const port = (number: number): string => number.toString(16).toUpperCase().padStart(4, '0')
  // Number of the line, local address, remote address, state, two queues, timer, retransmissions, user.
  const line = new RegExp(
    `^ *\\d+: ([0-9A-F]+):${port(peerPort)} ([0-9A-F]+):${port(ownPort)} [0-9A-F]{2} \\S+ \\S+ \\S+ +(\\d+) `,
    'm',
  )
  const user = line.exec(table)?.[3]
  return user === undefined ? undefined : Number(user)
}
