import type { RequestHandler } from '@sveltejs/kit'
import { sessions } from '../../../../../../shop/backend.js'

export const DELETE: RequestHandler = async ({ locals: { session } }) =>
  Response.json({ ended: await sessions.user(session.userId!).end({ except: session }) })
