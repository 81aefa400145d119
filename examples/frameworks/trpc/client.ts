import { createTRPCClient, httpBatchLink } from '@trpc/client'
import type { Router } from './router.js'

/** How the page calls the application, with a `fetch` of its own: in place of `shop/page/calls.js`. */
export function connect(fetch: (input: RequestInfo | URL, init?: object) => Promise<Response>) {
  const client = createTRPCClient<Router>({ links: [httpBatchLink({ url: '/trpc', fetch })] })
  return {
    session: () => client.session.query(),
    signIn: (name: string) => client.signIn.mutate({ name }),
    signOut: () => client.signOut.mutate(),
    addToCart: (item: string) => client.addToCart.mutate({ item }),
    sessions: () => client.sessions.query(),
    signOutElsewhere: () => client.signOutElsewhere.mutate(),
    signOutEverywhere: () => client.signOutEverywhere.mutate(),
  }
}
