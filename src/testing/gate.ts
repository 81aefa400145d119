/** Holds code at one point until the test lets it continue, so that a race runs the same way each time. */
export interface Gate {
  /** The code to be held awaits this: `await gate.pass()`. After `open` it resolves at once. */
  pass(): Promise<void>
  /** The test awaits this. Resolves at the first call of `pass`. */
  readonly reached: Promise<void>
  /** Resolves every `pass`, waiting or later. */
  open(): void
}

/**
 * Creates a closed gate.
 *
 * @example
 * ```ts
 * const held = gate()
 * const slow = visit('/slow')     // its handler does: await held.pass()
 * await held.reached              // now it is in the middle of its work
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
