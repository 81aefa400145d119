import type { RequestHandler } from '@sveltejs/kit'
import { signedInUser } from 'sessera'
import { sessions } from '../../../../../shop/backend.js'

export const GET: RequestHandler = async ({ locals: { session } }) =>
  Response.json(await sessions.user(signedInUser(session)).list({ current: session }))

export const DELETE: RequestHandler = async ({ locals: { session } }) =>
  Response.json({ ended: await sessions.user(signedInUser(session)).end() })
