import type { HttpResponse, Method } from './http-response.js'

/**
 * The listeners that wait for `drain` of a response that looked full while it was held.
 *
 * A compressing wrapper replaces `on` and moves these listeners to its own stream, which was never full and never wakes them. On a
 * wrapped response they are therefore recorded as they are added.
 */
export class DrainListeners {
  readonly #response: HttpResponse
  /** If it had one of its own. */
  readonly #on: HttpResponse['on']
  readonly #recording: HttpResponse['on']
  readonly #recorded: Method[] = []

  constructor(response: HttpResponse) {
    this.#response = response
    const on = Object.hasOwn(response, 'on') ? response.on : undefined
    this.#on = on
    if (on === undefined) return
    this.#recording = (event, listener) => {
      if (event === 'drain') this.#recorded.push(listener)
      return on.call(response, event, listener)
    }
    response.on = this.#recording
  }

  /** Stops recording. */
  stop(): void {
    if (this.#recording !== undefined && this.#response.on === this.#recording) this.restore()
  }

  /** Stops recording, and removes wrappers of `on` that came later. */
  restore(): void {
    const response = this.#response
    if (!Object.hasOwn(response, 'on')) return
    const on = this.#on ?? (Object.getPrototypeOf(response) as HttpResponse).on
    if (on !== undefined) response.on = on
  }

  get exist(): boolean {
    return this.#recorded.length > 0 || this.#unmoved().length > 0
  }

  wake(): void {
    const unmoved = this.#unmoved()
    this.#response.emit?.('drain')
    for (const listener of this.#recorded) if (!unmoved.includes(listener)) listener.call(this.#response)
  }

  /** The listeners that no wrapper has moved. */
  #unmoved(): unknown[] {
    return this.#response.rawListeners?.('drain') ?? this.#recorded
  }
}
