import { headersSentError } from './errors.js'
import { watchForBypass, type Patched } from './bypass.js'
import { frameworkPrototypeOf, type FrameworkPrototype } from './framework-prototype.js'
import { headerMethods, sendMethods } from './http-response.js'
import type { HttpResponse, Method, SendMethod, SendMethods } from './http-response.js'

/** What the shared methods need of a response's patch. */
export interface SharedPatch extends Patched {
  /** Whether the head looks sent to the handler. */
  readonly looksSent: boolean
  receives(method: SendMethod): boolean
  receive(method: SendMethod, values: unknown[], response: HttpResponse): unknown
}

/** The methods on a framework's prototype: those of a response without a patch are Node's. */
export class SharedLayer {
  readonly #prototype: object
  readonly #patches = new WeakMap<object, SharedPatch>()

  constructor({ prototype, base }: FrameworkPrototype) {
    const patches = this.#patches
    this.#prototype = prototype
    const nodes = (): Readonly<Record<string, Method | undefined>> => Object.getPrototypeOf(prototype) as never
    for (const name of sendMethods) {
      install(prototype, name, function (this: HttpResponse, ...values) {
        const patch = patches.get(this)
        return patch?.receives(name) === true ? patch.receive(name, values, this) : nodes()[name]?.apply(this, values)
      })
    }
    for (const name of headerMethods) {
      if (!(name in base)) continue
      install(prototype, name, function (this: object, ...values) {
        if (patches.get(this)?.looksSent === true) throw headersSentError(name)
        return nodes()[name]?.apply(this, values)
      })
    }
    Object.defineProperty(prototype, 'headersSent', {
      configurable: true,
      get(this: object) {
        return patches.get(this)?.looksSent === true || (Reflect.get(nodes(), 'headersSent', this) as unknown)
      },
    })
  }

  /** The methods without this layer: Node's, or those that a host puts between, as light-my-request does later. */
  get original(): SendMethods {
    return Object.getPrototypeOf(this.#prototype) as SendMethods
  }

  /** Whether calls of this response arrive here first, and it has no patch yet. */
  accepts(response: HttpResponse): boolean {
    if (this.#patches.has(response)) return false
    // Looking for own properties costs a third of comparing what is found on the prototype.
    return !['end', 'writeHead', 'write'].some((name) => Object.hasOwn(response, name))
  }

  add(response: HttpResponse, patch: SharedPatch): void {
    this.#patches.set(response, patch)
    watchForBypass({ response, patched: patch, prototype: this.#prototype })
  }

  replace(response: HttpResponse, patch: SharedPatch): void {
    this.#patches.set(response, patch)
  }

  delete(response: HttpResponse): void {
    this.#patches.delete(response)
  }
}

function install(prototype: object, name: string, value: Method): void {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: true })
}

const layers = new WeakMap<object, SharedLayer | 'none'>()

/** The layer for a response of a framework, made for the first one; `undefined` for other responses. */
export function sharedLayerOf(response: HttpResponse): SharedLayer | undefined {
  const framework = frameworkPrototypeOf(response)
  if (framework === undefined) return undefined
  let layer = layers.get(framework.prototype)
  if (layer === undefined) layers.set(framework.prototype, (layer = makeLayer(framework)))
  return layer === 'none' ? undefined : layer
}

function makeLayer(framework: FrameworkPrototype): SharedLayer | 'none' {
  const base = framework.base as Readonly<Record<string, unknown>>
  const isOfResponses = sendMethods.every((name) => typeof base[name] === 'function')
  const isFree = !sendMethods.some((name) => Object.hasOwn(framework.prototype, name))
  return isOfResponses && isFree ? new SharedLayer(framework) : 'none'
}
