export default defineEventHandler({
  onRequest: [requireUser()],
  handler: ({ context }) => context.session.userId,
})
