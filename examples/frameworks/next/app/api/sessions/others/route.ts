import { signedInUser } from 'sessera'
import { sessions, signedIn, withSession } from '../../../../lib/session.js'

export const DELETE = withSession(async (request, session) => {
  await signedIn(session, request)
  return Response.json({ ended: await sessions.user(signedInUser(session)).end({ except: session }) })
})
