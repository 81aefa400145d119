import { sharedSessionId } from '../../adapters/node/attached-session.js'
import { distrustFrameworkPrototypes } from '../../adapters/response/bypass.js'
import { frameworkPrototypeOf } from '../../adapters/response/framework-prototype.js'
import { boundTo, isBound, type RequestProperties } from './session-operations.js'

const prepared = new WeakSet<object>()
/** The latest request that shares them. It shows whether requests are taken over by an application of another copy of Express. */
let latest: { readonly request: object; readonly prototype: object } | undefined

/**
 * Lets the requests of a framework find these properties on its prototype. Because the shape of such a request belongs to it alone,
 * each property of its own takes a tenth of all that an anonymous visit costs.
 */
export function shareProperties(request: object): void {
  const wasTakenOver = latest !== undefined && !Object.prototype.isPrototypeOf.call(latest.prototype, latest.request)
  if (wasTakenOver) distrustFrameworkPrototypes()
  const prototype = frameworkPrototypeOf(request)?.prototype
  latest = prototype && { request, prototype }
  if (prototype === undefined || prepared.has(prototype)) return
  prepared.add(prototype)
  for (const name of ['sessionID', 'sessionStore'] as const) {
    if (!(name in prototype)) Object.defineProperty(prototype, name, accessorOf(name))
  }
}

function accessorOf(name: keyof RequestProperties): PropertyDescriptor {
  // The native API may use the same prototype, and refuses this name.
  const otherwise = name === 'sessionID' ? sharedSessionId.get : undefined
  return {
    configurable: true,
    enumerable: true,
    get(this: object): unknown {
      const properties = boundTo(this)
      return properties === undefined ? otherwise?.call(this) : properties[name]
    },
    set(this: object, value: unknown) {
      const properties = latest !== undefined && isBound(this) ? boundTo(this) : undefined
      if (properties !== undefined) properties[name] = value
      else Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true })
    },
  }
}
