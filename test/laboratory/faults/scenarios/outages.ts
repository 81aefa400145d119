import { setTimeout as pause } from 'node:timers/promises'
import type { Scenario } from '../scenario.js'
import type { Stage } from '../stage.js'
import {
  connectionsInWords,
  failuresInWords,
  latencyInWords,
  outcomesInWords,
  queueInWords,
  signedOutInWords,
} from '../details.js'
import { ms } from '../table.js'

// Redis dies, hangs, starts slowly, is not there, or cannot be reached.

const durable = ['--appendonly', 'yes', '--appendfsync', 'everysec']

export const killed: Scenario = {
  name: 'FT-1',
  what: 'Redis killed (kill -9), back after 2 s with its AOF (everysec)',
  settings: durable,
  withPeers: true,
  inflict: killFor2s,
  detail: outcomesInWords,
}

const emptied: Scenario = {
  name: 'FT-2',
  what: 'Redis killed, back after 2 s with nothing: everybody is signed out',
  withPeers: true,
  allows: ['lost sessions', 'false sign-ins'], // a sign-in just before the end is lost too
  inflict: killFor2s,
  detail: signedOutInWords,
}

const loading: Scenario = {
  name: 'FT-4',
  what: 'Redis killed, and answers LOADING for 3 s while it starts',
  // Redis's own settings for such tests: so many µs for each key, and a look at the clients after each kB.
  settings: [...durable, '--key-load-delay', '60', '--loading-process-events-interval-bytes', '1024'],
  async inflict({ redis }) {
    await redis.command('EVAL', "for i = 1, 25000 do redis.call('SET', 'filler:' .. i, 'x') end", '0')
    await redis.command('BGREWRITEAOF')
    while (!/aof_rewrite_in_progress:0/.test(String(await redis.command('INFO', 'persistence')))) await pause(50)
    await redis.kill()
    await redis.restart()
  },
  detail: failuresInWords,
}

/**
 * What is under way at 50 requests a second until the breaker opens, within the deadline, and a probe each second: two commands for each, since a
 * read of the drop-in is a `GET` and an `ECHO`.
 */
const queuedAtMost = 150

/** `seconds`: for how long. */
export function hanging(seconds: number): Scenario {
  return {
    name: 'FT-5',
    what: `Redis hangs for ${seconds} s (SIGSTOP)`,
    withPeers: true,
    async inflict({ redis }) {
      redis.pause()
      await pause(seconds * 1000)
      redis.resume()
    },
    detail: (result) => `${latencyInWords(result)}; ${queueInWords(result)}`,
    alsoPromises: ({ after }) => (after.every(({ queued }) => queued <= queuedAtMost) ? undefined : 'the queue grew'),
  }
}

const halfOpen: Scenario = {
  name: 'FT-6',
  what: 'the network swallows everything for 8 s, without RST; old connections stay dead',
  recoveryMs: 2000,
  async inflict({ ways }) {
    const from = performance.now()
    for (const way of ways) way.fallSilent()
    await pause(8000)
    for (const way of ways) way.heal()
    const noticedAfter = ways.map(({ connectedAt }) => (connectedAt.find((at) => at > from) ?? Infinity) - from)
    return { inWords: `the last dead connection was given up after ${ms(Math.max(...noticedAfter))}`, broken: [] }
  },
  detail: connectionsInWords,
}

const coldStart: Scenario = {
  name: 'FT-32',
  what: 'the backends start without Redis, which comes after 5 s',
  startsWithoutRedis: true,
  withPeers: true,
  async inflict({ redis }) {
    await pause(5000)
    await redis.restart()
  },
}

async function killFor2s({ redis }: Stage): Promise<void> {
  await redis.kill()
  await pause(2000)
  await redis.restart()
}

export const outages: readonly Scenario[] = [killed, emptied, loading, hanging(10), halfOpen, coldStart]
