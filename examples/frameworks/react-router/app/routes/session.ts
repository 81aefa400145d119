import type { ActionFunctionArgs, LoaderFunctionArgs } from 'react-router'
import { sessionContext } from 'sessera/react-router'
import { labelOf } from '../../../../fleet/visitor.js'
import { textIn } from '../../../shop/text-in.js'

export function loader({ context }: LoaderFunctionArgs): Response {
  const session = context.get(sessionContext)
  return Response.json({ user: session.userId ?? null, cart: session.data.cart ?? [] })
}

export async function action({ context, request }: ActionFunctionArgs): Promise<Response> {
  const session = context.get(sessionContext)
  if (request.method === 'DELETE') session.end()
  else {
    const name = await textIn(request, 'name', 64) // a real application checks a password here
    session.signIn(name, { keep: ['cart'], label: labelOf(request.headers.get('user-agent')) })
  }
  return new Response(null, { status: 204 })
}
