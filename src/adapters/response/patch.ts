import type { DrainSource } from './drain-listeners.js'
import { headersSentError } from './errors.js'
import { headerMethods, type ResponseHead } from './head.js'

/** The four methods by which a byte of a response can leave. */
export type Verb = 'writeHead' | 'write' | 'end' | 'flushHeaders'
export type Method = (...values: unknown[]) => unknown

/** A response of whatever host. Node's own have all of this; of others only `end` is certain, and a verb that is missing is never called. */
export interface Target extends ResponseHead, DrainSource, Record<Verb, Method> {
  readonly headersSent?: boolean
  readonly writableEnded?: boolean
  readonly destroyed?: boolean
  readonly stream?: { close?(code: number): void } | null
  destroy?: Method
  addTrailers?(trailers: object): void
}

const verbs = ['writeHead', 'write', 'end', 'flushHeaders'] as const

/** Stands between one response and whoever calls its methods; by properties of this one object, nothing else is touched. */
export class Cover {
  readonly original: Readonly<Record<Verb, Method>>
  readonly #response: Target
  readonly #on: DrainSource['on']
  readonly #covers: Record<Verb, Method>
  /** Somebody had wrapped the response before, and may change its head when it is sent. */
  readonly #isOverWrappers: boolean
  readonly #undo: (() => void)[] = []

  constructor(response: Target, call: (verb: Verb, values: unknown[]) => unknown) {
    this.#response = response
    const { writeHead, write, end, flushHeaders, on } = response
    this.original = { writeHead, write, end, flushHeaders }
    this.#on = on
    this.#isOverWrappers =
      Object.hasOwn(response, 'end') || Object.hasOwn(response, 'writeHead') || Object.hasOwn(response, 'write')
    this.#covers = {
      writeHead: (...values) => call('writeHead', values),
      write: (...values) => call('write', values),
      end: (...values) => call('end', values),
      flushHeaders: (...values) => call('flushHeaders', values),
    }
    for (const verb of verbs) if (typeof response[verb] === 'function') response[verb] = this.#covers[verb]
  }

  /** Whether others than Node have their hands in the head when it is sent: around the cover, or below it. */
  get isAmongWrappers(): boolean {
    return this.#isOverWrappers || this.#response.writeHead !== this.#covers.writeHead
  }

  /** Lets a property show something else until it is unveiled. */
  show(name: string, descriptor: PropertyDescriptor): void {
    const response = this.#response
    const before = Object.getOwnPropertyDescriptor(response, name)
    Object.defineProperty(response, name, { configurable: true, ...descriptor })
    this.#undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(response, name)
      else Object.defineProperty(response, name, before)
    })
  }

  /** Until it is unveiled the head looks sent. */
  showHeadSent(): void {
    this.show('headersSent', { get: () => true })
    for (const name of headerMethods) {
      const refuse = (): never => {
        throw headersSentError(name)
      }
      if (name in this.#response) this.show(name, { value: refuse, writable: true })
    }
  }

  /**
   * For a head that was not sent: `false` where Node says that it was, behind our back. Hosts with a property of their own say so of
   * what they have only been asked for.
   */
  showHeadUnsent(): boolean {
    const response = this.#response
    if (response.headersSent !== true) return true
    const own = Object.getOwnPropertyDescriptor(response, 'headersSent')
    if (own?.writable === true) (response as { headersSent: boolean }).headersSent = false
    return own !== undefined
  }

  unveil(): void {
    for (const undo of this.#undo.splice(0)) undo()
  }

  /** A method that somebody has wrapped meanwhile stays wrapped; its calls then come here still. `but` stay covered. */
  takeOff(but: readonly Verb[]): void {
    const response = this.#response
    this.unveil()
    for (const verb of verbs) {
      if (response[verb] === this.#covers[verb] && !but.includes(verb)) response[verb] = this.original[verb]
    }
  }

  /** Takes the wrappers off that came later, but for those of the head where it is not `told` yet; the head then goes through `writeHead`. */
  strip(told: boolean, writeHead: Method): void {
    const { flushHeaders } = this.original
    const response = this.#response
    this.unveil()
    if (typeof flushHeaders === 'function') response.flushHeaders = flushHeaders
    if (this.#on !== undefined && response.on !== this.#on) response.on = this.#on
    if (typeof response.writeHead !== 'function') return
    if (told || response.writeHead === this.original.writeHead) response.writeHead = writeHead
  }

  /** Sends the head. Whatever a wrapper further in does to it meanwhile, `put` comes after. */
  sendHead(values: unknown[], put: () => void): unknown {
    const { writeHead } = this.original
    put()
    if (!this.#isOverWrappers) return writeHead.apply(this.#response, values)
    let isPutting = false
    const putOnce = (): void => {
      if (isPutting) return
      isPutting = true
      put()
      isPutting = false
    }
    for (const name of headerMethods) this.#follow(name, putOnce)
    try {
      return writeHead.apply(this.#response, values)
    } finally {
      this.unveil()
    }
  }

  #follow(name: string, act: () => void): void {
    const response = this.#response as unknown as Record<string, unknown>
    const method = response[name]
    if (typeof method !== 'function') return
    const value = (...values: unknown[]): unknown => {
      const answer: unknown = Reflect.apply(method, response, values)
      act()
      return answer
    }
    this.show(name, { value, writable: true })
  }
}
