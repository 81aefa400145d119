import type { MinimalClient } from '../express-session/api/loose-types.js'
import { clientKind, hasMethod } from '../stores/redis/client-kind.js'
import type { RedisClient } from '../stores/redis/client.js'

type Methods = Readonly<Partial<Record<string, unknown>>>

const requiredMethods = ['get', 'set', 'expire', 'del'] as const

/** Methods that send commands, of ioredis, valkey-glide and node-redis. A library defines them where it defines `get` and `set`. */
const sendingMethods = ['call', 'customCommand', 'GET'] as const

/**
 * The client, if its `get`, `set`, `expire` and `del` must be used instead of sending commands. Either it can do nothing else (a mock, or a
 * plain object), or `get` or `set` was overridden to prefix keys, to monitor or to encrypt, which commands would bypass.
 */
export function minimalClientOf(client: RedisClient | MinimalClient): MinimalClient | undefined {
  const has = (method: string): boolean => hasMethod(client, method)
  if (!requiredMethods.every(has) || has('internal_send_command')) return undefined
  const canSend = clientKind(client) !== undefined
  return canSend && !isOverridden(client, 'get') && !isOverridden(client, 'set') ? undefined : (client as MinimalClient)
}

/** Whether the library's method was replaced, in a subclass, on the object, or by a Proxy. */
function isOverridden(client: object, method: 'get' | 'set'): boolean {
  const { options } = client as { readonly options?: { readonly legacyMode?: unknown } }
  if (options?.legacyMode) return false // there node-redis 4 does it itself
  const sendingMethod = sendingMethods.find((name) => name in client)
  if (sendingMethod === undefined) return false // not one of the libraries
  const inherited = lookUp(client, method)
  if (inherited.depth < lookUp(client, sendingMethod).depth) return true
  const current = (client as Methods)[method] as { readonly name: string }
  // A Proxy that only binds methods returns a new function on each access.
  return (
    current !== inherited.value && current.name !== `bound ${(inherited.value as typeof current | undefined)?.name}`
  )
}

/** The method as the prototype chain defines it, past any Proxy, and how far up. */
function lookUp(
  holder: object | null,
  method: string,
  depth = 0,
): { readonly depth: number; readonly value?: unknown } {
  if (holder === null) return { depth: Infinity }
  const property = Object.getOwnPropertyDescriptor(holder, method)
  if (property !== undefined) return { depth, value: property.value as unknown }
  return lookUp(Object.getPrototypeOf(holder) as object | null, method, depth + 1)
}
