import type { ActionFunctionArgs } from 'react-router'
import { signedInUser } from 'sessera'
import { requireUser, sessionContext } from 'sessera/react-router'
import { sessions } from '../../../shop/backend.js'

export const middleware = [requireUser()]

export async function action({ context }: ActionFunctionArgs): Promise<Response> {
  const session = context.get(sessionContext)
  return Response.json({ ended: await sessions.user(signedInUser(session)).end({ except: session }) })
}
