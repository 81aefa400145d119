import type { RequestHandler } from '@sveltejs/kit'
import { labelOf } from '../../../../../../fleet/visitor.js'
import { textIn } from '../../../text-in.js'

export const GET: RequestHandler = ({ locals: { session } }) =>
  Response.json({ user: session.userId ?? null, cart: session.data.cart ?? [] })

export const POST: RequestHandler = async ({ locals, request }) => {
  const name = await textIn(request, 'name', 64) // a real application checks a password here
  locals.session.signIn(name, { keep: ['cart'], label: labelOf(request.headers.get('user-agent')) })
  return new Response(null, { status: 204 })
}

export const DELETE: RequestHandler = ({ locals }) => {
  locals.session.end()
  return new Response(null, { status: 204 })
}
