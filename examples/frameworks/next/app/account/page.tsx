import { redirect } from 'next/navigation'
import { getSession } from '../../lib/session.js'
import { signOut } from './actions.js'

export default async function Account() {
  const session = await getSession()
  if (session.userId === undefined) redirect('/')
  // A page can't set cookies. This needs none: it is stored now.
  await session.update((data) => {
    data.views = (data.views ?? 0) + 1
  })
  const { cart = [], views = 0 } = session.data
  return (
    <main>
      <section className="card">
        <h1>{session.userId}</h1>
        <p className="lead">
          Next has rendered this page for you <strong id="views">{views === 1 ? 'once' : `${views} times`}</strong>.
        </p>
        <p>{cart.length === 0 ? 'Your cart is empty.' : `In your cart: ${cart.join(', ')}.`}</p>
        <form action={signOut} className="row actions">
          <button>Sign out</button>
          <a href="/">Back to the shop</a>
        </form>
      </section>
    </main>
  )
}
