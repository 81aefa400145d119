import { readFileSync } from 'node:fs'

interface Peer {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localPort?: number | undefined
}

/**
 * The user whose process holds the other end of a connection within this machine, as Linux lists it; `undefined` where that is not
 * known: on other systems, or for an end that is elsewhere or closed already.
 */
export function ownerOfPeer({ remoteAddress, remotePort, localPort }: Peer): number | undefined {
  if (process.platform !== 'linux' || remoteAddress === undefined || !remotePort || !localPort) return undefined
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const owner = ownerIn(readTable(table), remotePort, localPort)
    if (owner !== undefined) return owner
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
 * The user in a table of the kernel: of the line whose own port is the peer's, and whose other port is ours. A loopback address has no
 * two such connections, whichever of its forms it is listed in.
 */
export function ownerIn(table: string, peerPort: number, ownPort: number): number | undefined {
  const port = (number: number): string => number.toString(16).toUpperCase().padStart(4, '0')
  // Which line, local address, remote address, state, two queues, timer, retransmissions, user.
  const line = new RegExp(
    `^ *\\d+: ([0-9A-F]+):${port(peerPort)} ([0-9A-F]+):${port(ownPort)} [0-9A-F]{2} \\S+ \\S+ \\S+ +(\\d+) `,
    'm',
  )
  const owner = line.exec(table)?.[3]
  return owner === undefined ? undefined : Number(owner)
}
