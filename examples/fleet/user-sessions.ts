import type { Express } from 'express'
import type { Sessions } from 'sessera'

/** Where the user is signed in: see it, end one of them, end all others, and how earlier ones ended. */
export function mountUserSessions(app: Express, sessions: Sessions): void {
  app.get('/api/sessions', async ({ session }, response) => {
    const { userId } = session
    if (userId === undefined) return void response.json({ sessions: [], journal: [] })
    const user = sessions.user(userId)
    const [list, journal] = await Promise.all([user.list({ current: session }), user.journal()])
    response.json({ sessions: list, journal })
  })

  app.post('/api/sessions/others/end', async ({ session }, response) => {
    const { userId } = session
    const ended = userId === undefined ? 0 : await sessions.user(userId).end({ except: session })
    response.json({ ended })
  })

  app.post('/api/sessions/:handle/end', async ({ session, params }, response) => {
    const { userId } = session
    const hasEnded = userId !== undefined && (await sessions.user(userId).end(params.handle, { by: session }))
    response.json({ ended: hasEnded ? 1 : 0 })
  })
}
