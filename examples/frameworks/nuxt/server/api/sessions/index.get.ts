export default defineEventHandler(({ context: { session } }) =>
  sessions.user(session.userId!).list({ current: session }),
)
