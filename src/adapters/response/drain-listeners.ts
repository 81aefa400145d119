type Listener = (...values: unknown[]) => void

export interface DrainSource {
  on?(event: string, listener: Listener): unknown
  emit?(event: string, value?: unknown): boolean
  rawListeners?(event: string): unknown[]
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
    const { on } = source
    this.#source = source
    this.#on = on
    if (on === undefined || !Object.hasOwn(source, 'on')) return
    this.#noting = (event, listener) => {
      if (event === 'drain') this.#noted.push(listener)
      return on.call(source, event, listener)
    }
    source.on = this.#noting
  }

  unwatch(): void {
    const { on, source } = { on: this.#on, source: this.#source }
    if (on !== undefined && this.#noting !== undefined && source.on === this.#noting) source.on = on
  }

  get areThere(): boolean {
    return this.#noted.length > 0 || this.#stayed().length > 0
  }

  wake(): void {
    const stayed = this.#stayed()
    this.#source.emit?.('drain')
    for (const listener of this.#noted) if (!stayed.includes(listener)) listener.call(this.#source)
  }

  /** Those that no wrapper has moved. */
  #stayed(): unknown[] {
    return this.#source.rawListeners?.('drain') ?? this.#noted
  }
}
