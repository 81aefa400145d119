import { findProgram } from '../../support/processes.js'
import { startRedisFrom, type RedisServer } from '../../support/servers/redis.js'
import { coreOfOthers, onCore } from './cores.js'

/** A server beside whatever asks the backends, away from them. */
export function startServer(): Promise<RedisServer> {
  return startRedisFrom(onCore(coreOfOthers, [findProgram('redis-server')]))
}

/** What the server has counted since it started. */
export interface Counters {
  /** µs of CPU of the thread that runs commands. */
  readonly processorTimeUs: number
  readonly bytesIn: number
  readonly bytesOut: number
}

export async function countersOf(server: RedisServer): Promise<Counters> {
  const read = await readInfo(server)
  return {
    processorTimeUs: (read('used_cpu_user_main_thread') + read('used_cpu_sys_main_thread')) * 1e6,
    bytesIn: read('total_net_input_bytes'),
    bytesOut: read('total_net_output_bytes'),
  }
}

export async function usedMemoryOf(server: RedisServer): Promise<number> {
  return (await readInfo(server))('used_memory')
}

/** How often sessions were read and stored. */
export async function callsOf(server: RedisServer): Promise<number> {
  const text = String(await server.command('INFO', 'commandstats'))
  return [...text.matchAll(/^cmdstat_(?:get|set|evalsha):calls=(\d+)/gm)].reduce(
    (sum, [, calls]) => sum + Number(calls),
    0,
  )
}

async function readInfo(server: RedisServer): Promise<(name: string) => number> {
  const text = String(await server.command('INFO', 'everything'))
  return (name) => Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(text)?.[1])
}
