import { withSession } from '../../../lib/session.js'

export const GET = withSession((_request, session) => Response.json(session.userId))
