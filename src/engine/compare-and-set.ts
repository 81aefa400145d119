import { backOff } from './backoff.js'

/** What became of one try to store something over a known state. */
export type Attempt<State, Result> =
  | { readonly status: 'done'; readonly result: Result }
  /** Somebody else wrote meanwhile; this is what is stored now. */
  | { readonly status: 'changed'; readonly current: State }

/** Compare-and-set: tries over what others wrote until it succeeds or `attempt` rejects, such as at its operation's deadline. */
export async function compareAndSet<State, Result>(
  start: State,
  attempt: (current: State) => Promise<Attempt<State, Result>>,
): Promise<Result> {
  let current = start
  for (let tries = 1; ; tries++) {
    const outcome = await attempt(current)
    if (outcome.status === 'done') return outcome.result
    current = outcome.current
    await backOff(tries)
  }
}
