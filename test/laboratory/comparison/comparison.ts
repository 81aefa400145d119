import { type Kind, startFleet } from '../../support/balancer/fleet.js'
import {
  type Count,
  countLostWrites,
  countOutrunRedirects,
  countUndoneSignOuts,
  writesPerUser,
} from '../../support/balancer/measures.js'
import { ensurePackages } from '../../support/packages.js'
import { startHAProxy } from '../../support/balancer/proxies.js'
import { openStreet } from '../../support/balancer/visitor.js'

export interface Extent {
  /** Who write at once. */
  readonly users: number
  /** Sign-outs, and redirects. */
  readonly rounds: number
}

export interface Row {
  readonly what: string
  readonly sessera: Count
  readonly peer: Count
}

/** The same application on both libraries, one after the other, on three backends behind HAProxy. */
export async function compare(extent: Extent): Promise<readonly Row[]> {
  await ensurePackages('compatibility')
  const sessera = await measure('sessera', extent)
  const peer = await measure('peer', extent)
  const whats = [
    `acknowledged writes that are lost, of ${writesPerUser} at once by each user`,
    'sign-outs undone by a slower request',
    'redirects, followed at their first byte, that found no session',
    'the same where the handler calls `save()` before it redirects',
  ]
  return whats.map((what, index) => ({ what, sessera: sessera[index]!, peer: peer[index]! }))
}

async function measure(kind: Kind, { users, rounds }: Extent): Promise<readonly Count[]> {
  const fleet = await startFleet(kind)
  const proxy = await startHAProxy(fleet.ports)
  const street = openStreet(proxy)
  try {
    return [
      await countLostWrites(street, { users }),
      await countUndoneSignOuts(fleet, street, rounds),
      await countOutrunRedirects(fleet, proxy, { rounds }),
      await countOutrunRedirects(fleet, proxy, { rounds, save: true }),
    ]
  } finally {
    street.close()
    await proxy.stop()
    await fleet.stop()
  }
}

/** The rows as a table of Markdown, with the name of the peer. */
export function tableOf(rows: readonly Row[], peer = 'express-session 1.19.0 + connect-redis 10.0.0'): string {
  const cell = ({ wrong, tries }: Count): string => `${wrong} of ${tries}`
  const lines = rows.map(({ what, sessera, peer }) => [what, cell(sessera), cell(peer)])
  const all = [['', 'Sessera', peer], ...lines]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((line) => line[column]!.length)))
  const [head, ...body] = all.map(
    (line) => `| ${line.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`,
  )
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n')
}
