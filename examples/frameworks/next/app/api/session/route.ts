import { labelOf } from '../../../../../fleet/visitor.js'
import { textIn } from '../../../../shop/text-in.js'
import { withSession } from '../../../lib/session.js'

export const GET = withSession((_request, session) =>
  Response.json({ user: session.userId ?? null, cart: session.data.cart ?? [] }),
)

export const POST = withSession(async (request, session) => {
  const name = await textIn(request, 'name', 64) // a real application checks a password here
  session.signIn(name, { keep: ['cart'], label: labelOf(request.headers.get('user-agent')) })
  return new Response(null, { status: 204 })
})

export const DELETE = withSession((_request, session) => {
  session.end()
  return new Response(null, { status: 204 })
})
