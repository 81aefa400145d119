export default defineEventHandler(async ({ context: { session } }) => ({
  ended: await sessions.user(session.userId!).end({ except: session }),
}))
