import { runAction, runSignedIn } from './functions.js'

/** Shows what its loader returned, and the addresses of server functions. */
export function Page({ loaded }) {
  return <code>{JSON.stringify({ loaded, action: runAction.url, guarded: runSignedIn.url })}</code>
}
