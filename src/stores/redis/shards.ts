import { newHandle } from '../../store.js'
import { isCluster } from './client-kind.js'

// Masters hold whole ranges of slots. While a client does not show which, this many neighbouring slots count as one shard.
const slotsTogether = 1_024

/**
 * For the client of a Cluster, names the master that holds a key according to the client; `undefined` for a client of one server.
 */
export function shardsOf(client: unknown): ((key: string) => string) | undefined {
  if (!isCluster(client)) return undefined
  return (key) => {
    const slot = slotOf(key)
    const { slots } = client as { readonly slots?: unknown }
    const known: unknown = Array.isArray(slots) ? slots[slot] : undefined
    return masterOf(known) ?? `slots ${Math.floor(slot / slotsTogether)}`
  }
}

/** Runs something that any master can do. In a Cluster some may be down, so this tries several. */
export function onAnyMaster<Reply>(
  client: unknown,
  prefix: string,
  run: (key: string) => Promise<Reply>,
): Promise<Reply> {
  if (!isCluster(client)) return run(prefix)
  return Promise.any(spreadKeys(prefix).map(run)).catch(({ errors }: AggregateError) => {
    throw errors[0]
  })
}

/** Fresh keys, one in each quarter of the slots. As masters hold whole ranges, they lie on several of them. */
export function spreadKeys(prefix: string): readonly string[] {
  const keys = new Map<number, string>()
  while (keys.size < 4) {
    const key = prefix + newHandle()
    keys.set(Math.floor(slotOf(key) / 4_096), key)
  }
  return [...keys.values()]
}

/** node-redis has the master of a slot; ioredis and iovalkey have the addresses of its nodes, master first. */
function masterOf(slot: unknown): string | undefined {
  const first: unknown = Array.isArray(slot)
    ? slot[0]
    : (slot as { master?: { address?: unknown } } | undefined)?.master?.address
  return typeof first === 'string' ? first : undefined
}

/** The slot of a key in a Cluster: CRC-16 (XMODEM), modulo 16384, of the hash tag in its first braces, or else of the whole key. */
export function slotOf(key: string): number {
  const hashed = /\{([^}]+)\}/.exec(key)
  const tag = hashed !== null && key.indexOf('{') === hashed.index ? hashed[1] : undefined
  let crc = 0
  for (const byte of Buffer.from(tag ?? key)) crc = ((crc << 8) & 0xffff) ^ (table[(crc >> 8) ^ byte] ?? 0)
  return crc & 0x3fff
}

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})
