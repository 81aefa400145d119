import { startRedisCluster } from '../../support/servers/redis-cluster.js'
import { cookieFile } from './cookie-file.js'
import { startProgram } from './program.js'
import { callsOf, countersOf } from './redis-server.js'
import type { Size } from './size.js'

/** What a master of a Cluster has of the whole. */
export interface Share {
  readonly sessions: number
  readonly commands: number
  readonly processorTime: number
}

/** Stores sessions in a Cluster of three masters, and reads each of them. */
export async function measureCluster({ clusterSessions: count }: Size): Promise<readonly Share[]> {
  const cluster = await startRedisCluster()
  const program = await startProgram('sessions')
  const cookies = cookieFile()
  const counts = (): Promise<Share[]> =>
    Promise.all(
      cluster.nodes.map(async (node) => ({
        sessions: Number(await node.command('DBSIZE')),
        commands: await callsOf(node),
        processorTime: (await countersOf(node)).processorTimeUs,
      })),
    )
  const before = await counts()
  const ports = cluster.nodes.map(({ port }) => port)
  const order = { ports, form: 'signed-in', bytes: 200, count, file: cookies.path }
  await program.ask('write', order)
  const { right } = await program.ask<{ readonly right: number }>('read', order)
  const grown = (await counts()).map((now, index) => differenceOf(now, before[index]!))
  cookies.remove()
  await program.stop()
  await cluster.stop()
  if (right !== count) throw new Error(`${count - right} sessions were not what was stored.`)
  return sharesOf(grown)
}

function differenceOf(now: Share, before: Share): Share {
  return {
    sessions: now.sessions - before.sessions,
    commands: now.commands - before.commands,
    processorTime: now.processorTime - before.processorTime,
  }
}

function sharesOf(masters: readonly Share[]): Share[] {
  const part = (name: keyof Share, master: Share): number =>
    master[name] / masters.reduce((sum, each) => sum + each[name], 0)
  return masters.map((master) => ({
    sessions: part('sessions', master),
    commands: part('commands', master),
    processorTime: part('processorTime', master),
  }))
}
