import { setTimeout as pause } from 'node:timers/promises'
import { type RedisServer, startRedis } from './redis.js'

/** Starts a server that has all of `master`, and gets what is written there. */
export async function startReplica(master: RedisServer): Promise<RedisServer> {
  await master.command('CONFIG', 'SET', 'repl-diskless-sync-delay', '0')
  const replica = await startRedis('--replicaof', `127.0.0.1 ${master.port}`)
  await untilReplication(replica, /master_link_status:up/)
  return replica
}

/** Makes the replica the master, and the master its replica. Nothing is lost: meanwhile the master takes no writes. */
export async function handOver(master: RedisServer, replica: RedisServer): Promise<void> {
  await master.command('FAILOVER')
  await untilReplication(replica, /role:master/)
}

async function untilReplication({ command }: RedisServer, state: RegExp): Promise<void> {
  while (!state.test(String(await command('INFO', 'replication')))) await pause(10)
}
