import type { RedisServer } from '../../support/servers/redis.js'

/** What Redis has done since it was started. */
export interface RedisCounts {
  readonly commands: Readonly<Record<string, number>>
  readonly bytesIn: number
  readonly bytesOut: number
  readonly processorUs: number
  /** The size of the answer that these counts were read from. The next counts contain it. */
  readonly ownBytes: number
}

// The question itself, as it goes over the connection: it is counted before it is answered.
const questionBytes = '*2\r\n$4\r\nINFO\r\n$10\r\neverything\r\n'.length

export async function readCounts(redis: RedisServer): Promise<RedisCounts> {
  const text = String(await redis.command('INFO', 'everything'))
  const number = (name: string): number => Number(new RegExp(`^${name}:(.*)\r$`, 'm').exec(text)?.[1])
  const bytes = Buffer.byteLength(text) // it travels as a verbatim text of RESP 3
  const calls = [...text.matchAll(/^cmdstat_(\S+):calls=(\d+)/gm)].map(([, name, count]) => [name, Number(count)])
  return {
    commands: Object.fromEntries(calls) as Record<string, number>,
    bytesIn: number('total_net_input_bytes'),
    bytesOut: number('total_net_output_bytes'),
    processorUs: (number('used_cpu_sys') + number('used_cpu_user')) * 1e6,
    ownBytes: bytes + `=${bytes + 4}\r\ntxt:\r\n`.length,
  }
}

/** What a request has cost, without what counting costs. Commands that come less often than every 200 requests are left out. */
export interface RedisCosts {
  readonly commands: readonly { readonly name: string; readonly count: number }[]
  readonly bytesIn: number
  readonly bytesOut: number
  readonly processorUs: number
}

export function costsBetween(before: RedisCounts, after: RedisCounts, requests: number): RedisCosts {
  const commands = Object.entries(after.commands)
    .map(([name, count]) => ({ name: name.toUpperCase(), count: (count - (before.commands[name] ?? 0)) / requests }))
    .filter(({ name, count }) => name !== 'INFO' && count >= 0.005)
    .sort((one, other) => one.name.localeCompare(other.name))
  return {
    commands,
    bytesIn: Math.max(0, after.bytesIn - before.bytesIn - questionBytes) / requests,
    bytesOut: Math.max(0, after.bytesOut - before.bytesOut - before.ownBytes) / requests,
    processorUs: (after.processorUs - before.processorUs) / requests,
  }
}
