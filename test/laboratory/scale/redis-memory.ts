import { startProgram, type Program } from './program.js'
import { startServer, usedMemoryOf } from './redis-server.js'
import type { RedisServer } from '../../support/servers/redis.js'
import type { Size } from './size.js'

/** What a session looks like in Redis. */
export const forms = ['pair', 'drop-in', 'anonymous', 'signed-in', 'changed'] as const
export type Form = (typeof forms)[number]

/** Bytes of Redis that a session with this much data takes, by form. */
export interface SessionBytes {
  readonly dataBytes: number
  readonly bytes: Readonly<Record<Form, number>>
}

export async function measureRedisMemory({ recorded, dataBytes }: Size): Promise<readonly SessionBytes[]> {
  const server = await startServer()
  const program = await startProgram('sessions')
  const rows: SessionBytes[] = []
  for (const each of dataBytes) {
    const bytes: [Form, number][] = []
    for (const form of forms)
      bytes.push([form, await bytesOf({ server, program, form, dataBytes: each, count: recorded })])
    rows.push({ dataBytes: each, bytes: Object.fromEntries(bytes) as Record<Form, number> })
  }
  await program.stop()
  await server.stop()
  return rows
}

interface Batch {
  readonly server: RedisServer
  readonly program: Program
  readonly form: Form
  readonly dataBytes: number
  readonly count: number
}

async function bytesOf({ server, program, form, dataBytes, count }: Batch): Promise<number> {
  await server.command('FLUSHALL', 'SYNC')
  const before = await usedMemoryOf(server)
  await program.ask('write', { ports: [server.port], form, bytes: dataBytes, count })
  const stored = Number(await server.command('DBSIZE'))
  // Here every user has one session, and so an index that holds this session only.
  const keys = form === 'signed-in' || form === 'changed' ? 2 * count : count
  if (stored !== keys) throw new Error(`${stored} keys were stored, not ${keys}.`)
  return ((await usedMemoryOf(server)) - before) / count
}
