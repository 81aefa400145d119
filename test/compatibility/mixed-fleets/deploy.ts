import { type Backends, startBackends } from '../../support/balancer/backends.js'
import type { Count } from '../../support/balancer/measures.js'
import { type HAProxy, startHAProxy } from '../../support/balancer/proxies.js'
import { openStreet, type Street } from '../../support/balancer/visitor.js'
import { type RedisServer, startRedis } from '../../support/servers/redis.js'
import { type Crowd, startCrowd } from './crowd.js'
import { createFindings, type Findings } from './findings.js'
import { countLostChanges, createTally, overlookSignIns, type Tally, undoSignOuts } from './limits.js'
import { createMember, type Member } from './member.js'
import { type Life, readLife, readRecord, renewLife, type StoredRecord } from './records.js'
import { type Part, parts, programOf, type Release } from './releases.js'

/** What came of a deploy and its rollback. */
export interface Story {
  readonly findings: Findings
  /** As they stood in Redis whenever all instances ran on the same side. */
  readonly records: readonly StoredRecord[]
  readonly lives: readonly Life[]
  /** Of changes at the same time, with that many new instances: 0 to 3. */
  readonly lost: readonly Count[]
  readonly undoneSignOuts: Tally
  readonly overlookedSignIns: Tally
  /** Who signed in before the deploy, and after it, and was not there until all were replaced. */
  readonly absent: { readonly fromOld: Findings; readonly fromNew: Findings }
  /** What is left in Redis when all have signed out. */
  readonly keys: readonly string[]
}

/** Those whose sessions outlive an absence. */
const lastingParts = ['/plain', '/lasting', '/rotating'] as const

interface Fleet {
  readonly redis: RedisServer
  readonly backends: Backends
  readonly proxy: HAProxy
  readonly streets: ReadonlyMap<Part, Street>
}

/** Replaces three old instances by new ones, under load, and these by old ones again. */
export async function deployAndRollBack(): Promise<Story> {
  const redis = await startRedis()
  const backends = await startBackends(programOf('old', redis.url))
  const proxy = await startHAProxy(backends.ports)
  const streets = new Map(parts.map((part) => [part, openStreet(proxy, part)]))
  try {
    return await live({ redis, backends, proxy, streets })
  } finally {
    for (const street of streets.values()) street.close()
    await proxy.stop()
    await backends.stop()
    await redis.stop()
  }
}

async function live(fleet: Fleet): Promise<Story> {
  const { redis, streets } = fleet
  const [findings, fromOld, fromNew] = [createFindings(), createFindings(), createFindings()]
  const [undoneSignOuts, overlookedSignIns] = [createTally(), createTally()]
  const lost: Count[] = []
  const records: StoredRecord[] = []
  const lives: Life[] = []

  async function measure(): Promise<void> {
    lost.push(await countLostChanges(fleet.backends, redis, streets.get('/plain')!))
    await undoSignOuts(fleet.backends, redis, streets.get('/plain')!, undoneSignOuts)
    if (lost.length === 2) await overlookSignIns(redis, streets.get('/hasty')!, overlookedSignIns) // one is new
  }

  /** Those who were absent come back to what they left, when half of their sessions' life is over, and go on. */
  async function comeBack(members: readonly Member[]): Promise<void> {
    for (const member of members) {
      lives.push(await renewLife(redis, member))
      await member.change()
    }
  }

  async function lookAtStored(members: readonly Member[]): Promise<void> {
    for (const member of members) records.push(await readRecord(redis, member))
    for (const member of [...members, ...crowd.staying]) lives.push(await readLife(redis, member))
  }

  let members = await signIn(streets, 'since old', fromOld)
  const crowd = await startCrowd(new Map([...streets].filter(([part]) => part !== '/hasty')), findings)
  try {
    await lookAtStored(members)
    await measure()
    await replaceAll(fleet, 'new', crowd, measure)
    await comeBack(members)
    members = [...members, ...(await signIn(streets, 'since new', fromNew))]
    await lookAtStored(members)

    await replaceAll(fleet, 'old again', crowd)
    await comeBack(members)
    await lookAtStored(members)
  } finally {
    await crowd.finish()
  }
  for (const member of members) await member.signOut()
  const keys = (await redis.command('KEYS', '*')) as string[]
  return { findings, records, lives, lost, undoneSignOuts, overlookedSignIns, absent: { fromOld, fromNew }, keys }
}

async function signIn(streets: Fleet['streets'], when: string, findings: Findings): Promise<readonly Member[]> {
  const members = lastingParts.map((part) => createMember(streets.get(part)!, part, `${when}, ${part}`, findings))
  for (const member of members) {
    await member.signIn()
    await member.change()
  }
  return members
}

/** As a rolling deploy does it: one instance after the other is drained, ended and started with the new release. */
async function replaceAll(
  { redis, backends, proxy }: Fleet,
  release: Release,
  crowd: Crowd,
  afterEach?: () => Promise<void>,
): Promise<void> {
  for (const name of [1, 2, 3]) {
    await crowd.more(24)
    await backends.end(name)
    await crowd.more(24) // by the two others
    await backends.start(name, programOf(release, redis.url))
    await proxy.sees(name, 'UP')
    await afterEach?.()
  }
  await crowd.more(24)
}
