export default defineEventHandler({
  onRequest: [requireRecentSignIn('10m')],
  handler: () => 'changed',
})
