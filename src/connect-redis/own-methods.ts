type Methods = Readonly<Record<string, unknown>>

/** By which the libraries send any command, as they stand beside their other methods: ioredis, valkey-glide, node-redis. */
const generalMethods = ['call', 'customCommand', 'GET'] as const

/**
 * Whether somebody has put a `get` or `set` of their own in the place of the library's, to give keys a prefix, to watch, or to encrypt:
 * by a subclass, on the object, or by a Proxy. Commands that are sent past them would go past that, too.
 */
export function hasOwnMethods(client: object): boolean {
  const { options } = client as { readonly options?: { readonly legacyMode?: unknown } }
  if (options?.legacyMode) return false // of node-redis 4, which does so itself
  return ['get', 'set'].some((method) => isOwn(client, method))
}

function isOwn(client: object, method: string): boolean {
  const given = (client as Methods)[method]
  if (typeof given !== 'function') return false
  const inherited = inheritedFrom(client, method)
  const general = generalMethods.find((name) => name in client)
  if (general === undefined) return false // nobody's library, so that all of it is its author's
  if (inherited.depth < inheritedFrom(client, general).depth) return true
  // A Proxy that only binds gives another function with each look.
  return (
    given !== inherited.value && given.name !== `bound ${(inherited.value as Methods | undefined)?.['name'] as string}`
  )
}

/** What stands at the object's class, and how far up. */
function inheritedFrom(client: object, method: string): { readonly depth: number; readonly value: unknown } {
  let depth = 0
  for (let holder: object | null = client; holder !== null; holder = Object.getPrototypeOf(holder) as object | null) {
    if (Object.hasOwn(holder, method))
      return { depth, value: Object.getOwnPropertyDescriptor(holder, method)?.value as unknown }
    depth += 1
  }
  return { depth: Infinity, value: undefined }
}
