import type { RequestHandler } from '@sveltejs/kit'
import { signedInUser } from 'sessera'
import { sessions } from '../../../../../../shop/backend.js'

export const DELETE: RequestHandler = async ({ locals: { session } }) =>
  Response.json({ ended: await sessions.user(signedInUser(session)).end({ except: session }) })
