import { headersSentError } from './errors.js'
import { headerMethods, sendMethods } from './http-response.js'
import type { HttpResponse, Method, ResponseCall, SendMethod, SendMethods } from './http-response.js'

/** Receives what is called on a patched response. */
export interface CallReceiver {
  receive(call: ResponseCall): unknown
}

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

/** Sends the calls of one response's methods to a receiver, by properties of that response alone. */
export class ResponsePatch {
  /** The methods as they were before. */
  readonly original: SendMethods
  readonly #response: HttpResponse
  readonly #methods: SendMethods
  /** The response had been wrapped before, and the wrapper may change the head when it is sent. */
  readonly #isOverWrappers: boolean
  readonly #overridden: [name: string, before: PropertyDescriptor | undefined][] = []

  constructor(response: HttpResponse, receiver: CallReceiver) {
    const { key, methods } = freeLayer(response)
    const { writeHead, write, end, flushHeaders } = response as SendMethods
    this.original = { writeHead, write, end, flushHeaders }
    this.#response = response
    this.#methods = methods
    this.#isOverWrappers = ['end', 'writeHead', 'write'].some((name) => Object.hasOwn(response, name))
    Object.assign(response, { [key]: receiver })
    for (const name of sendMethods) if (typeof response[name] === 'function') response[name] = methods[name]
  }

  /** Makes the head look sent until `restore`. */
  markHeadSent(): void {
    this.#override('headersSent', { get: () => true })
    this.#overrideHeaderMethods((name) => () => {
      throw headersSentError(name)
    })
  }

  /**
   * Whether the head is unsent, according to Node. Another host may set its property `headersSent` before anything is sent; that is
   * corrected.
   */
  isHeadUnsent(): boolean {
    const response = this.#response
    if (response.headersSent !== true) return true
    const own = Object.getOwnPropertyDescriptor(response, 'headersSent')
    if (own?.writable === true) (response as { headersSent: boolean }).headersSent = false
    return own !== undefined
  }

  /** Undoes `markHeadSent`. */
  restore(): void {
    for (const [name, before] of this.#overridden.splice(0)) {
      if (before === undefined) Reflect.deleteProperty(this.#response, name)
      else Object.defineProperty(this.#response, name, before)
    }
  }

  /**
   * Restores the original methods, except those still needed: those of the body if its end is held, and `writeHead` if a wrapper, above or
   * below, may change the head when it is sent. Methods that were wrapped meanwhile stay wrapped and still call this patch.
   */
  remove(end: 'held' | 'free'): void {
    const response = this.#response
    const hasWrappers = this.#isOverWrappers || response.writeHead !== this.#methods.writeHead
    this.restore()
    for (const name of sendMethods) {
      const isNeeded = name === 'writeHead' ? hasWrappers : name !== 'flushHeaders' && end === 'held'
      if (!isNeeded && response[name] === this.#methods[name]) response[name] = this.original[name]
    }
  }

  /**
   * Removes later wrappers, which may hold half of a discarded response, and sends the head by `writeHead`. Wrappers that have not seen a
   * head yet keep their `writeHead`.
   */
  removeWrappers(head: 'open' | 'announced', writeHead: Method): void {
    const { original } = this
    const response = this.#response
    if (typeof original.flushHeaders === 'function') response.flushHeaders = original.flushHeaders
    if (typeof response.writeHead !== 'function') return
    if (head === 'announced' || response.writeHead === original.writeHead) response.writeHead = writeHead
  }

  /** Sends the head with the headers that `setHeaders` sets, also after wrappers below the patch have changed it. */
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
    this.#overridden.push([name, Object.getOwnPropertyDescriptor(this.#response, name)])
    Object.defineProperty(this.#response, name, { configurable: true, ...descriptor })
  }
}
