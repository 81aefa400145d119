import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { handOver, startReplica } from '../../../support/servers/replica.js'
import type { Result } from '../run-scenario.js'
import type { Scenario } from '../scenario.js'
import type { Stage } from '../stage.js'
import { connectionsInWords, failuresInWords, latencyInWords, servedByKind, servedInWords } from '../details.js'

// Redis answers, and refuses: it is full, has become a replica, is busy, or has been set up otherwise.

/** `seconds`: for how long. */
export function full(seconds: number): Scenario {
  return {
    name: 'FT-10',
    what: `the memory of Redis is full for ${seconds} s (noeviction)`,
    withPeers: true,
    async inflict({ redis }) {
      await redis.command('CONFIG', 'SET', 'maxmemory', '1000000')
      await pause(seconds * 1000)
      await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    },
    detail: servedInWords,
    alsoPromises(result) {
      const { read, 'sign-out': signOut } = servedByKind(result)
      return read === 1 && signOut === 1 ? undefined : 'reads or sign-outs failed'
    },
  }
}

const evicting: Scenario = {
  name: 'FT-11',
  what: 'the memory of Redis is full for 4 s, and it evicts whatever it likes (allkeys-random)',
  settings: ['--maxmemory-policy', 'allkeys-random'],
  allows: ['lost sessions', 'false sign-ins'],
  async inflict({ redis }) {
    await redis.command('EVAL', "for i = 1, 400 do redis.call('SET', 'filler:' .. i, string.rep('x', 1000)) end", '0')
    const used = Number(/used_memory:(\d+)/.exec(String(await redis.command('INFO', 'memory')))?.[1])
    await redis.command('CONFIG', 'SET', 'maxmemory', String(used - 200_000))
    await pause(4000)
    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
  },
  detail: (result) =>
    `${result.wrongs['lost sessions']} sessions evicted, all of them as a whole; ${warnedOf(result)} of 2 backends warned at the start`,
  alsoPromises: (result) => (warnedOf(result) === 2 ? undefined : 'a backend did not warn'),
}

function warnedOf({ after }: Result): number {
  return after.filter(({ warnings }) => warnings.includes('SESSERA_REDIS_EVICTION')).length
}

const diskFull: Scenario = {
  name: 'FT-12',
  what: 'Redis cannot write its snapshot for 4 s and refuses to write anything (MISCONF)',
  settings: ['--enable-protected-configs', 'yes'],
  withPeers: true,
  async inflict({ redis }) {
    const set = (name: string, value: string) => redis.command('CONFIG', 'SET', name, value)
    const { dir: home } = (await redis.command('CONFIG', 'GET', 'dir')) as { readonly dir: string }
    const gone = await mkdtemp(join(tmpdir(), 'sessera-gone-'))
    await set('dir', gone)
    await rm(gone, { recursive: true })
    await redis.command('BGSAVE')
    await set('save', '3600 1')
    await pause(4000)
    await set('dir', home)
    await redis.command('BGSAVE')
    await untilSaved(redis.command)
  },
  detail: servedInWords,
}

async function untilSaved(command: Stage['redis']['command']): Promise<void> {
  for (let round = 0; round < 100; round++) {
    if (/rdb_last_bgsave_status:ok/.test(String(await command('INFO', 'persistence')))) return
    await pause(20)
  }
  throw new Error('Redis did not save its snapshot.')
}

const demoted: Scenario = {
  name: 'FT-13',
  what: 'Redis hands over to a replica (FAILOVER), to which the address leads from then on; old connections stay',
  recoveryMs: 3000,
  async inflict({ redis, ways }) {
    const next = await startReplica(redis)
    atTheEndOf(redis, () => next.stop())
    await handOver(redis, next)
    for (const way of ways) way.target = next.port
  },
  detail: failuresInWords,
}

/** Stops what belongs to a server together with it. */
function atTheEndOf(redis: Stage['redis'], stop: () => Promise<void>): void {
  const own = redis.stop
  Object.assign(redis, {
    async stop() {
      await stop()
      await own()
    },
  })
}

const busy: Scenario = {
  name: 'FT-20',
  what: "somebody's script keeps Redis busy for 4 s; it answers BUSY after 1 s",
  settings: ['--busy-reply-threshold', '1000'],
  async inflict({ redis }) {
    const loop = `local function now() local t = redis.call('TIME') return t[1] * 1000 + t[2] / 1000 end
      local start = now() while now() - start < 4000 do end`
    await redis.command('EVAL', loop, '0')
  },
  detail: latencyInWords,
}

/** Connections of two clients that try again at most each 50, 100, 150 … 500 ms. */
const mostPerSecond = 10

const crowded: Scenario = {
  name: 'FT-21',
  what: 'others take all connections of Redis for 4 s (maxclients)',
  async inflict({ redis, ways }) {
    const others: Socket[] = []
    await redis.command('CONFIG', 'SET', 'maxclients', '20')
    for (const way of ways) way.cut('reset')
    for (let count = 0; count < 40; count++) {
      others.push(connect(redis.port, '127.0.0.1').on('error', () => {}))
    }
    await pause(4000)
    for (const socket of others) socket.destroy()
    await redis.command('CONFIG', 'SET', 'maxclients', '10000')
  },
  detail: connectionsInWords,
  alsoPromises: ({ connections }) => (connections <= 4 * mostPerSecond ? undefined : 'a storm of connections'),
}

const unsettled: readonly Scenario[] = [
  {
    name: 'FT-22',
    what: 'all connections of Redis are killed and its scripts flushed, every 200 ms for 4 s',
    async inflict({ redis }) {
      for (let round = 0; round < 20; round++) {
        await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
        await redis.command('SCRIPT', 'FLUSH')
        await pause(200)
      }
    },
  },
  {
    name: 'FT-22',
    what: 'Redis takes no writes for 2 s (CLIENT PAUSE WRITE)',
    async inflict({ redis }) {
      await redis.command('CLIENT', 'PAUSE', '2000', 'WRITE')
      await pause(2000)
    },
    detail: servedInWords,
  },
  {
    name: 'FT-22',
    what: 'the user of the backends may not write for 3 s (NOPERM)',
    async inflict({ redis }) {
      await redis.command('ACL', 'SETUSER', 'default', '-@write', '-@scripting')
      await pause(3000)
      await redis.command('ACL', 'SETUSER', 'default', '+@all')
    },
    detail: servedInWords,
  },
  {
    name: 'FT-22',
    what: 'Redis wants a password that the backends do not have (requirepass), at first of new connections only; for 4 s',
    async inflict({ redis }) {
      await redis.command('CONFIG', 'SET', 'requirepass', 'new')
      await pause(1000)
      await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      await pause(3000)
      await redis.command('CONFIG', 'SET', 'requirepass', '')
    },
    detail: (result) => `${servedInWords(result)}; ${connectionsInWords(result)}`,
  },
]

export const servers: readonly Scenario[] = [full(4), evicting, diskFull, demoted, busy, crowded, ...unsettled]
