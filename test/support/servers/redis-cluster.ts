import { setTimeout as wait } from 'node:timers/promises'
import { findFreePort, startRedis, type RedisServer } from './redis.js'

/** A real Cluster of three masters without replicas, on free ports. */
export interface RedisCluster {
  readonly nodes: readonly RedisServer[]
  slotOf(key: string): Promise<number>
  /** The master that serves a slot. */
  ownerOf(slot: number): Promise<RedisServer>
  /**
   * Moves one slot with all its keys to `target` while clients go on. `onBothSides` runs when the keys are on the target
   * and the slot still belongs to the source: whoever asks for one of them is then sent on by `ASK`.
   */
  migrate(slot: number, target: RedisServer, onBothSides: () => Promise<void>): Promise<void>
  kill(): Promise<void>
  /** Brings the killed masters back, empty, with the same ports and slots. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const slots = 16_384

/**
 * Starts three masters, shares the slots out among them, and waits until each of them finds the Cluster complete. `start` is for servers other
 * than this machine's redis-server.
 */
export async function startRedisCluster(start = startRedis): Promise<RedisCluster> {
  const nodes: RedisServer[] = []
  const busPorts = new Map<RedisServer, number>()
  for (let index = 0; index < 3; index += 1) {
    const { node, busPort } = await startNode(start)
    nodes.push(node)
    busPorts.set(node, busPort)
  }
  for (const [index, node] of nodes.entries()) {
    const share = [0, 1].map((end) => Math.floor((slots * (index + end)) / nodes.length) - end)
    await node.command('CLUSTER', 'ADDSLOTSRANGE', ...share.map(String))
    await node.command('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))
  }
  const first = nodes[0]!
  await untilComplete(nodes, async (node) => {
    for (const [other, busPort] of busPorts) {
      if (other !== node) await node.command('CLUSTER', 'MEET', '127.0.0.1', String(other.port), String(busPort))
    }
  })

  const ids = new Map<RedisServer, string>()
  for (const node of nodes) ids.set(node, String(await node.command('CLUSTER', 'MYID')))

  async function ownerOf(slot: number): Promise<RedisServer> {
    const ranges = (await first.command('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][]
    const [, , [, , id]] = ranges.find(([from, to]) => from <= slot && slot <= to)!
    return nodes.find((node) => ids.get(node) === id)!
  }

  return {
    nodes,
    ownerOf,
    slotOf: async (key) => Number(await first.command('CLUSTER', 'KEYSLOT', key)),
    async migrate(slot, target, onBothSides) {
      const source = await ownerOf(slot)
      const setSlot = (node: RedisServer, ...state: string[]) =>
        node.command('CLUSTER', 'SETSLOT', String(slot), ...state)
      await setSlot(target, 'IMPORTING', ids.get(source)!)
      await setSlot(source, 'MIGRATING', ids.get(target)!)
      await moveKeys(slot, source, target)
      await onBothSides()
      // A key may have been made on the source until its slot was empty there; the target takes over first.
      await moveKeys(slot, source, target)
      for (const node of new Set([target, source, ...nodes])) await setSlot(node, 'NODE', ids.get(target)!)
      await untilAgreed(nodes)
    },
    kill: async () => void (await Promise.all(nodes.map((node) => node.kill()))),
    async restart() {
      await Promise.all(nodes.map((node) => node.restart()))
      await untilComplete(nodes)
    },
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  }
}

async function startNode(start: typeof startRedis): Promise<{ node: RedisServer; busPort: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const busPort = await findFreePort()
    // A node that joins waits for the timeout before it serves, so it starts short.
    const settings = ['--cluster-port', String(busPort), '--cluster-node-timeout', '1000']
    try {
      return { node: await start('--cluster-enabled', 'yes', ...settings), busPort }
    } catch (error) {
      if (attempt === 3) throw error // else somebody took the port meanwhile
    }
  }
}

async function moveKeys(slot: number, source: RedisServer, target: RedisServer): Promise<void> {
  for (;;) {
    const keys = (await source.command('CLUSTER', 'GETKEYSINSLOT', String(slot), '100')) as string[]
    if (keys.length === 0) return
    await source.command('MIGRATE', '127.0.0.1', String(target.port), '', '0', '5000', 'KEYS', ...keys)
  }
}

/** Old messages may still be on their way; a slot that moved on before they arrived could end up with nobody. */
async function untilAgreed(nodes: readonly RedisServer[]): Promise<void> {
  for (let round = 0; round < 500; round += 1) {
    const views = await Promise.all(nodes.map(async (node) => viewOf(String(await node.command('CLUSTER', 'NODES')))))
    if (new Set(views).size === 1) return
    await wait(10)
  }
  throw new Error('the masters did not agree on their slots')
}

/** Of each master its id, its epoch and its slots. */
function viewOf(clusterNodes: string): string {
  const masters = clusterNodes
    .trim()
    .split('\n')
    .map((line) => line.trim().split(' '))
  return masters
    .map(([id, , , , , , epoch, , ...slots]) => [id, epoch, ...slots].join(' '))
    .sort()
    .join('\n')
}

/** A busy machine gives a greeting up after a second, so whoever misses somebody is asked to `meet` all again. */
async function untilComplete(
  nodes: readonly RedisServer[],
  meet: (node: RedisServer) => Promise<void> = async () => {},
): Promise<void> {
  for (let round = 0; ; round += 1) {
    const states = await Promise.all(nodes.map(async (node) => String(await node.command('CLUSTER', 'INFO'))))
    const knowsAll = (state: string): boolean => state.includes(`cluster_known_nodes:${nodes.length}\r`)
    if (states.every((state) => knowsAll(state) && state.includes('cluster_state:ok'))) break
    if (round === 500) throw new Error(`the Cluster did not form: ${states.join()}`)
    if (round % 30 === 0) for (const [index, node] of nodes.entries()) if (!knowsAll(states[index]!)) await meet(node)
    await wait(50)
  }
  // From here on a busy machine must not look like a dead master.
  for (const node of nodes) await node.command('CONFIG', 'SET', 'cluster-node-timeout', '30000')
}
