import { headersSentError } from './errors.js'
import { headerMethods } from './head.js'
import { sendMethods, type HttpResponse, type Method, type SendMethod } from './http-response.js'

type Methods = Readonly<Record<SendMethod, Method>>

/** Receives what is called on a patched response. */
export interface PatchReceiver {
  receive(method: SendMethod, values: unknown[]): unknown
}

interface Layer {
  /** The property of a response that holds the receiver. */
  readonly key: symbol
  readonly methods: Methods
}

/** The methods are shared: the nth patch of any response uses those of the nth layer. */
const layers: Layer[] = []

function nextLayer(response: object): Layer {
  const free = layers.find(({ key }) => !(key in response))
  if (free !== undefined) return free
  const layer = newLayer()
  layers.push(layer)
  return layer
}

function newLayer(): Layer {
  const key = Symbol('sessera.patch')
  const methodOf = (name: SendMethod): Method =>
    function (this: unknown, ...values) {
      const receiver = (this as Readonly<Record<symbol, unknown>>)[key] as PatchReceiver
      return receiver.receive(name, values)
    }
  const [writeHead, write, end, flushHeaders] = sendMethods.map(methodOf) as [Method, Method, Method, Method]
  return { key, methods: { writeHead, write, end, flushHeaders } }
}

const headerRefusals = headerMethods.map((name) => ({
  name,
  refuse(): never {
    throw headersSentError(name)
  },
}))

/** Sends the calls of one response's methods to a receiver, by properties of that response alone. */
export class ResponsePatch {
  /** The methods as they were before. */
  readonly original: Methods
  readonly #response: HttpResponse
  readonly #methods: Methods
  /** The response had been wrapped before, and the wrapper may change the head when it is sent. */
  readonly #isOverWrappers: boolean
  readonly #overridden: [name: string, before: PropertyDescriptor | undefined][] = []

  constructor(response: HttpResponse, receiver: PatchReceiver) {
    const { key, methods } = nextLayer(response)
    const { writeHead, write, end, flushHeaders } = response
    this.original = { writeHead, write, end, flushHeaders }
    this.#response = response
    this.#methods = methods
    this.#isOverWrappers = ['end', 'writeHead', 'write'].some((name) => Object.hasOwn(response, name))
    Object.assign(response, { [key]: receiver })
    for (const name of sendMethods) if (typeof response[name] === 'function') response[name] = methods[name]
  }

  /** Whether a wrapper, above or below the patch, may change the head when it is sent. */
  get #hasWrappers(): boolean {
    return this.#isOverWrappers || this.#response.writeHead !== this.#methods.writeHead
  }

  /** Makes the head look sent until `restore`. */
  markHeadSent(): void {
    this.#override('headersSent', { get: () => true })
    for (const { name, refuse } of headerRefusals) {
      if (name in this.#response) this.#override(name, { value: refuse, writable: true })
    }
  }

  /**
   * Makes the head look unsent again; `false` if Node did send it, bypassing the patch. Hosts whose `headersSent` is a property of
   * their own may set it before they send anything.
   */
  markHeadUnsent(): boolean {
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
   * Puts the original methods back, except those that are still needed. A method that was wrapped meanwhile stays wrapped, and its
   * calls still arrive here.
   */
  remove(needs: 'nothing' | 'body'): void {
    const response = this.#response
    const needed = new Set<SendMethod>(needs === 'body' ? ['write', 'end'] : [])
    if (this.#hasWrappers) needed.add('writeHead')
    this.restore()
    for (const name of sendMethods) {
      if (response[name] === this.#methods[name] && !needed.has(name)) response[name] = this.original[name]
    }
  }

  /**
   * Takes later wrappers off, which may hold half of a discarded response, and sends the head by `writeHead`. Wrappers that have not
   * seen a head yet keep theirs.
   */
  removeWrappers(head: 'open' | 'announced', writeHead: Method): void {
    const { flushHeaders } = this.original
    const response = this.#response
    if (typeof flushHeaders === 'function') response.flushHeaders = flushHeaders
    if (typeof response.writeHead !== 'function') return
    if (head === 'announced' || response.writeHead === this.original.writeHead) response.writeHead = writeHead
  }

  /** Sends the head with the headers that `setHeaders` sets, also after wrappers below the patch have changed it. */
  sendHead(status: unknown, setHeaders: () => void): unknown {
    const response = this.#response
    const { writeHead } = this.original
    setHeaders()
    if (!this.#isOverWrappers) return writeHead.call(response, status)
    let isSetting = false
    const setAgain = (): void => {
      if (isSetting) return
      isSetting = true
      setHeaders()
      isSetting = false
    }
    for (const name of headerMethods) this.#follow(name, setAgain)
    try {
      return writeHead.call(response, status)
    } finally {
      this.restore()
    }
  }

  #follow(name: string, act: () => void): void {
    const response = this.#response
    const method = (response as unknown as Record<string, unknown>)[name]
    if (typeof method !== 'function') return
    const value = (...values: unknown[]): unknown => {
      const returned: unknown = Reflect.apply(method, response, values)
      act()
      return returned
    }
    this.#override(name, { value, writable: true })
  }

  #override(name: string, descriptor: PropertyDescriptor): void {
    this.#overridden.push([name, Object.getOwnPropertyDescriptor(this.#response, name)])
    Object.defineProperty(this.#response, name, { configurable: true, ...descriptor })
  }
}
