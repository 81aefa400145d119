type Listener = (...values: unknown[]) => void

export interface DrainSource {
  on(event: string, listener: Listener): unknown
  emit(event: string): boolean
  rawListeners(event: string): unknown[]
}

/**
 * Whoever waits for `drain` of a response that said "full" while it was held.
 *
 * A wrapper that compresses replaces `on` and moves such listeners to a stream of its own, which never was full and so will not
 * wake them. Where there is one, the listeners are noted as they come.
 */
export class DrainListeners {
  readonly #source: DrainSource
  readonly #on: DrainSource['on']
  readonly #noting: DrainSource['on'] | undefined
  readonly #noted: Listener[] = []

  constructor(source: DrainSource) {
    this.#source = source
    this.#on = source.on
    if (!Object.hasOwn(source, 'on')) return
    this.#noting = (event, listener) => {
      if (event === 'drain') this.#noted.push(listener)
      return this.#on.call(source, event, listener)
    }
    source.on = this.#noting
  }

  unwatch(): void {
    if (this.#noting !== undefined && this.#source.on === this.#noting) this.#source.on = this.#on
  }

  wake(): void {
    const stayed = this.#source.rawListeners('drain')
    this.#source.emit('drain')
    for (const listener of this.#noted) if (!stayed.includes(listener)) listener.call(this.#source)
  }
}
