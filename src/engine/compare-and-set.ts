import { backOff } from './backoff.js'

/** The outcome of one attempt to replace a known state. */
export type Attempt<State, Result> =
  | { readonly status: 'done'; readonly result: Result }
  /** Another writer was faster; `current` is stored now. */
  | { readonly status: 'changed'; readonly current: State }

/** Compare-and-set: attempts again, on the newer state, until it succeeds or `attempt` rejects, for example at its deadline. */
export async function compareAndSet<State, Result>(
  start: State,
  attempt: (current: State) => Promise<Attempt<State, Result>>,
): Promise<Result> {
  let current = start
  for (let attempts = 1; ; attempts++) {
    const outcome = await attempt(current)
    if (outcome.status === 'done') return outcome.result
    current = outcome.current
    await backOff(attempts)
  }
}
