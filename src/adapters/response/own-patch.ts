import { headersSentError } from './errors.js'
import { headerMethods, sendMethods } from './http-response.js'
import type { HttpResponse, Method, SendMethod, SendMethods } from './http-response.js'
import type { CallReceiver, ResponsePatch } from './response-patch.js'
import { hasMark, markNodesHeadSent } from './sent-mark.js'

/** Methods that all responses share. They find the receiver by the property `key` of the response they are called on. */
interface Layer {
  readonly key: symbol
  readonly methods: SendMethods
}

const layers: Layer[] = []

/** The nth patch of any response uses the nth layer. */
function freeLayer(response: object): Layer {
  const free = layers.find(({ key }) => !(key in response))
  if (free !== undefined) return free
  const key: unique symbol = Symbol('sessera.patch')
  const methodOf = (method: SendMethod): Method =>
    function (this: unknown, ...values) {
      return (this as { readonly [key]: CallReceiver })[key].receive({ method, values })
    }
  const [writeHead, write, end, flushHeaders] = sendMethods.map(methodOf) as [Method, Method, Method, Method]
  const layer = { key, methods: { writeHead, write, end, flushHeaders } }
  layers.push(layer)
  return layer
}

/** A patch by properties of one response alone. Cheap for responses as Node makes them. */
export class OwnPatch implements ResponsePatch {
  readonly original: SendMethods
  readonly #response: HttpResponse
  readonly #methods: SendMethods
  /** The response had been wrapped before, and the wrapper may change the head when it is sent. */
  readonly #isOverWrappers: boolean
  #overridden: [name: string, before: PropertyDescriptor | undefined][] | undefined
  #unmark: (() => void) | undefined

  constructor(response: HttpResponse, receiver: CallReceiver) {
    const { key, methods } = freeLayer(response)
    const { writeHead, write, end, flushHeaders } = response as SendMethods
    this.original = { writeHead, write, end, flushHeaders }
    this.#response = response
    this.#methods = methods
    this.#isOverWrappers = ['end', 'writeHead', 'write'].some((name) => Object.hasOwn(response, name))
    ;(response as unknown as Record<symbol, unknown>)[key] = receiver
    // One by one: assignments by a variable name are slow.
    if (typeof writeHead === 'function') response.writeHead = methods.writeHead
    if (typeof write === 'function') response.write = methods.write
    if (typeof end === 'function') response.end = methods.end
    if (typeof flushHeaders === 'function') response.flushHeaders = methods.flushHeaders
  }

  markHeadSent(): void {
    this.#unmark = markNodesHeadSent(this.#response)
    if (this.#unmark !== undefined) return
    this.#override('headersSent', { get: () => true })
    this.#overrideHeaderMethods((name) => () => {
      throw headersSentError(name)
    })
  }

  /** Another host may set its property `headersSent` before anything is sent; that is corrected. */
  isHeadUnsent(): boolean {
    const response = this.#response
    if (response.headersSent !== true) return true
    const own = Object.getOwnPropertyDescriptor(response, 'headersSent')
    if (own?.writable === true) (response as { headersSent: boolean }).headersSent = false
    return own !== undefined && !hasMark(response)
  }

  restore(): void {
    this.#unmark?.()
    this.#unmark = undefined
    const overridden = this.#overridden ?? []
    this.#overridden = undefined
    for (const [name, before] of overridden) {
      if (before === undefined) Reflect.deleteProperty(this.#response, name)
      else Object.defineProperty(this.#response, name, before)
    }
  }

  remove(end: 'held' | 'free'): void {
    const response = this.#response
    const hasWrappers = this.#isOverWrappers || response.writeHead !== this.#methods.writeHead
    this.restore()
    const [methods, original] = [this.#methods, this.original]
    if (!hasWrappers) response.writeHead = original.writeHead
    if (response.flushHeaders === methods.flushHeaders) response.flushHeaders = original.flushHeaders
    if (end === 'held') return
    if (response.write === methods.write) response.write = original.write
    if (response.end === methods.end) response.end = original.end
  }

  ended(): void {} // what is left on the response goes with it

  sendHead(setHeaders: () => void): unknown {
    const response = this.#response
    const { writeHead } = this.original
    setHeaders()
    if (!this.#isOverWrappers) return writeHead.call(response, response.statusCode)
    let isSetting = false
    this.#overrideHeaderMethods((_name, method) => (...values) => {
      const returned = method.apply(response, values)
      if (isSetting) return returned
      isSetting = true
      setHeaders()
      isSetting = false
      return returned
    })
    try {
      return writeHead.call(response, response.statusCode)
    } finally {
      this.restore()
    }
  }

  #overrideHeaderMethods(override: (name: string, method: Method) => Method): void {
    const methods = this.#response as unknown as Readonly<Record<string, unknown>>
    for (const name of headerMethods) {
      const method = methods[name]
      if (typeof method === 'function')
        this.#override(name, { value: override(name, method as Method), writable: true })
    }
  }

  #override(name: string, descriptor: PropertyDescriptor): void {
    this.#overridden ??= []
    this.#overridden.push([name, Object.getOwnPropertyDescriptor(this.#response, name)])
    Object.defineProperty(this.#response, name, { configurable: true, ...descriptor })
  }
}
