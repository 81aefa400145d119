import type { DrainSource } from './drain-listeners.js'
import type { ResponseHead } from './response-head.js'

/** The four methods by which a byte of a response can leave. */
export type Verb = 'writeHead' | 'write' | 'end' | 'flushHeaders'
export type Method = (...values: unknown[]) => unknown

export interface Target extends ResponseHead, DrainSource, Record<Verb, Method> {
  readonly headersSent: boolean
  readonly writableEnded: boolean
  readonly destroyed: boolean
  destroy(): unknown
  addTrailers(trailers: object): void
}

const verbs = ['writeHead', 'write', 'end', 'flushHeaders'] as const

/** Stands between one response and whoever calls its methods; by properties of this one object, nothing else is touched. */
export class Cover {
  readonly original: Readonly<Record<Verb, Method> & Pick<Target, 'on'>>
  readonly #response: Target
  readonly #covers: Record<Verb, Method>
  readonly #undo: (() => void)[] = []

  constructor(response: Target, call: (verb: Verb, values: unknown[]) => unknown) {
    this.#response = response
    const { writeHead, write, end, flushHeaders, on } = response
    this.original = { writeHead, write, end, flushHeaders, on }
    this.#covers = {
      writeHead: (...values) => call('writeHead', values),
      write: (...values) => call('write', values),
      end: (...values) => call('end', values),
      flushHeaders: (...values) => call('flushHeaders', values),
    }
    Object.assign(response, this.#covers)
  }

  /** Lets a property show something else until the cover is taken off. */
  show(name: string, descriptor: PropertyDescriptor): void {
    const response = this.#response
    const before = Object.getOwnPropertyDescriptor(response, name)
    Object.defineProperty(response, name, { configurable: true, ...descriptor })
    this.#undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(response, name)
      else Object.defineProperty(response, name, before)
    })
  }

  /** A method that somebody has wrapped meanwhile stays wrapped; its calls then come here still. `but` stay covered. */
  takeOff(...but: readonly Verb[]): void {
    const response = this.#response
    for (const undo of this.#undo.splice(0)) undo()
    for (const verb of verbs) {
      if (response[verb] === this.#covers[verb] && !but.includes(verb)) response[verb] = this.original[verb]
    }
  }

  /** Puts the methods back as they were, whoever has wrapped them meanwhile. */
  restore(): void {
    Object.assign(this.#response, this.original)
  }
}
