import type { ActionFunctionArgs, LoaderFunctionArgs } from 'react-router'
import { signedInUser } from 'sessera'
import { requireUser, sessionContext } from 'sessera/react-router'
import { sessions } from '../../../shop/backend.js'

export const middleware = [requireUser()]

export async function loader({ context }: LoaderFunctionArgs): Promise<Response> {
  const session = context.get(sessionContext)
  return Response.json(await sessions.user(signedInUser(session)).list({ current: session }))
}

export async function action({ context }: ActionFunctionArgs): Promise<Response> {
  return Response.json({ ended: await sessions.user(signedInUser(context.get(sessionContext))).end() })
}
