import { cpus } from 'node:os'
import { compile } from '../../support/commands.js'
import { ensurePackages } from '../../support/packages.js'
import { measureCluster } from './cluster.js'
import { measureCompression } from './compression.js'
import { measureConnections } from './connections.js'
import { onSeparateCores } from './cores.js'
import { measureCosts } from './costs.js'
import type { Sections } from './page.js'
import { measureRedisMemory } from './redis-memory.js'
import { startServer } from './redis-server.js'
import type { Size } from './size.js'
import * as tables from './tables.js'

/** Measures everything, one part after the other. */
export async function measureScale(size: Size, tell: (text: string) => void = () => {}) {
  await ensurePackages('compatibility')
  const { ok, output } = await compile()
  if (!ok) throw new Error(output)
  const part = async <Figures>(title: string, measure: (size: Size) => Promise<Figures>): Promise<Figures> => {
    const started = performance.now()
    const figures = await measure(size)
    tell(`${title}: measured in ${((performance.now() - started) / 1000).toFixed(0)} s`)
    return figures
  }
  return {
    memory: await part('memory of sessions in Redis', measureRedisMemory),
    costs: await part('cost of a request among few and many sessions', measureCosts),
    cluster: await part('a Cluster of three masters', measureCluster),
    connections: await part('many connections and requests in flight', measureConnections),
    compression: await part('compression', measureCompression),
  }
}

export type ScaleFigures = Awaited<ReturnType<typeof measureScale>>

/** The figures as they stand in docs/scale.md. */
export function sectionsOf(figures: ScaleFigures, machine: string): Sections {
  return {
    storage: tables.storageTable(figures.memory),
    traffic: tables.trafficTable(figures.costs),
    memory: tables.memoryTable(figures.memory),
    costs: tables.costsTable(figures.costs),
    cluster: tables.clusterTable(figures.cluster),
    connections: tables.connectionsTable(figures.connections),
    compression: tables.compressionTable(figures.compression),
    machine,
  }
}

/** All that `npm run scale` measures, with the backends on a core of their own. */
export function measureApart(size: Size): Promise<Sections> {
  return onSeparateCores(async () => sectionsOf(await measureScale(size, console.log), await describeMachine()))
}

async function describeMachine(): Promise<string> {
  const server = await startServer()
  const version = /redis_version:(\S+)/.exec(String(await server.command('INFO', 'server')))?.[1]
  await server.stop()
  return `Measured with Node ${process.versions.node} and Redis ${version} on ${cpus().length} cores.`
}
