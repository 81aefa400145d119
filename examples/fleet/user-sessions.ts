import { once } from 'node:events'
import type { Express } from 'express'
import type { Sessions } from 'sessera'

/** Shorter than the load balancer waits for an answer. */
const waitMs = 5_000

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

  // Answers when the session that the page shows ends, on whichever backend, or after a while without an end.
  app.get('/api/ended', async ({ session: { handle }, query }, response) => {
    if (handle !== query['handle']) return void response.json({ reason: 'gone' })
    const waiting = new AbortController()
    const timer = setTimeout(() => waiting.abort(), waitMs)
    response.once('close', () => waiting.abort())
    let reason: string | null = null
    const leave =
      handle &&
      sessions.onEnd(handle, (end) => {
        reason = end.reason
        waiting.abort()
      })
    await once(waiting.signal, 'abort')
    clearTimeout(timer)
    if (leave) leave()
    response.json({ reason })
  })
}
