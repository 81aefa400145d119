import { AssertionError } from 'node:assert/strict'

/** A failed assertion with its cause: a subject that throws fails a case just as one that answers wrongly does. */
export function failedAssertion(message: string, cause: unknown): AssertionError {
  return Object.assign(new AssertionError({ message: `${message}: ${String(cause)}` }), { cause })
}
