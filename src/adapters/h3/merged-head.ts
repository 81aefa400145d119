import type { ResponseHead } from '../response/http-response.js'

/** A head that h3 makes in the end, of the headers of what a handler returned and those of `event.res`, which win. */
export class MergedHead implements ResponseHead {
  readonly #returned: Headers | undefined
  readonly #winning: Headers

  constructor(returned: Headers | undefined, winning: Headers) {
    this.#returned = returned
    this.#winning = winning
  }

  getHeader(name: string): string | readonly string[] | undefined {
    if (name !== 'Set-Cookie') return this.#winning.get(name) ?? this.#returned?.get(name) ?? undefined
    return [this.#returned, this.#winning].flatMap((headers) => headers?.getSetCookie() ?? [])
  }

  setHeader(name: string, value: number | string | readonly string[]): void {
    this.#winning.delete(name)
    // h3 sends the cookies of both.
    if (name === 'Set-Cookie') this.#returned?.delete(name)
    for (const each of [value].flat()) this.#winning.append(name, String(each))
  }
}
