/** By which Clusters are recognised, and where they keep what they know of their slots. */
interface SomeClient {
  /** node-redis: by slot, with its master; ioredis and iovalkey: by slot, the keys of its nodes, master first. */
  readonly slots?: unknown
  /** node-redis, ioredis and iovalkey, valkey-glide: methods that only their Clusters have. */
  readonly nodeClient?: unknown
  readonly nodes?: unknown
  readonly invokeScriptWithRoute?: unknown
}

/** How many neighbouring slots count as one place where the client does not show who serves them: masters have whole ranges. */
const slotsTogether = 1_024

/** Names the master that answers for a key, as the client knows it now; `undefined` for a client that has one server. */
export function shardsOf(client: unknown): ((key: string) => string) | undefined {
  const { nodeClient, nodes, invokeScriptWithRoute } = (client ?? {}) as SomeClient
  if ([nodeClient, nodes, invokeScriptWithRoute].every((trait) => typeof trait !== 'function')) return undefined
  return (key) => {
    const slot = slotOf(key)
    const { slots } = client as SomeClient
    const known: unknown = Array.isArray(slots) ? slots[slot] : undefined
    return masterIn(known) ?? `slots ${Math.floor(slot / slotsTogether)}`
  }
}

function masterIn(slot: unknown): string | undefined {
  const first: unknown = Array.isArray(slot)
    ? slot[0]
    : (slot as { master?: { address?: unknown } } | undefined)?.master?.address
  return typeof first === 'string' ? first : undefined
}

/** The slot of a key in a Cluster: CRC-16 (XMODEM) of what stands in its first braces, or of all of it, modulo 16384. */
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
