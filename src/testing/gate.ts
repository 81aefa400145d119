/** Holds a piece of code at one point until the test lets it go on, so that a race runs the same way each time. */
export interface Gate {
  /** Awaited by the code that is to be held: `await gate.pass()`. After `open` it holds nobody. */
  pass(): Promise<void>
  /** Awaited by the test: resolves once somebody has come to `pass`. */
  readonly reached: Promise<void>
  /** Lets everybody through who waits or comes later. */
  open(): void
}

/**
 * Makes a closed gate.
 *
 * @example
 * ```ts
 * const held = gate()
 * const slow = visit('/slow')     // its handler does: await held.pass()
 * await held.reached              // now it stands in the middle of its work
 * await visit('/logout')          // and the other request overtakes it
 * held.open()
 * await slow
 * ```
 */
export function gate(): Gate {
  const arrival = signal()
  const opening = signal()
  return {
    pass() {
      arrival.give()
      return opening.given
    },
    reached: arrival.given,
    open: opening.give,
  }
}

function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give }
}
