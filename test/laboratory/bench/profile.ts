import { mkdirSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RedisServer } from '../../support/servers/redis.js'
import type { Case } from './cases.js'
import type { Contestant } from './contestants.js'
import { enter, leave, type Extent } from './rounds.js'

const profileMs = 5000

/** Profiles a server under load, once it is warm, and answers where its time goes. */
export async function profile(
  contestant: Contestant,
  wanted: Case,
  extent: Extent,
  redis: RedisServer,
): Promise<string> {
  const entry = await enter(contestant, wanted, extent, redis)
  mkdirSync('build/bench', { recursive: true })
  const path = resolve(`build/bench/${contestant.id}-${wanted.id}.cpuprofile`)
  await entry.server.startProfile()
  const { requests } = await entry.load.sendFor(profileMs)
  await entry.server.stopProfile(path)
  await leave(entry)
  return `${contestant.title}: ${wanted.title}\n${describeProfile(path, requests)}\n\nThe whole profile: ${path}`
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

/** Where the time of a profile goes: by package, and the functions that take most themselves, in shares of the busy time. */
function describeProfile(path: string, requests: number): string {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(path, 'utf8')) as Profile
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const byGroup = new Map<string, number>()
  const byFunction = new Map<string, number>()
  let busy = 0
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id)!
    if (frame.functionName === '(idle)') continue
    const us = timeDeltas[index]!
    busy += us
    add(byGroup, groupOf(frame), us)
    add(byFunction, nameOf(frame), us)
  }
  const rows = (sums: Map<string, number>, count: number): string[] =>
    [...sums]
      .sort(([, one], [, other]) => other - one)
      .slice(0, count)
      .map(([name, us]) => {
        const share = ((us / busy) * 100).toFixed(1).padStart(5)
        return `${share} %  ${(us / requests).toFixed(2).padStart(7)} µs  ${name}`
      })
  const total = `${(busy / requests).toFixed(1)} µs a request under the profiler, in ${requests} requests`
  return [total, '', ...rows(byGroup, 15), '', ...rows(byFunction, 50)].join('\n')
}

function add(sums: Map<string, number>, name: string, us: number): void {
  sums.set(name, (sums.get(name) ?? 0) + us)
}

function groupOf({ functionName, url }: CallFrame): string {
  if (functionName.startsWith('(')) return functionName
  if (url === '') return 'native functions'
  if (url.startsWith('node:')) return 'node'
  const inPackage = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (inPackage) return inPackage
  return url.includes('/contestants/') ? 'the application' : 'sessera'
}

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  if (url === '') return functionName
  const file = url.startsWith('file:') ? fileURLToPath(url) : url
  const place = groupOf({ functionName, url, lineNumber })
  return `${functionName || '(anonymous)'}  ${place} ${basename(file)}:${lineNumber + 1}`
}
