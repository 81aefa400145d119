export default defineEventHandler(({ context }) => context.session.userId ?? 'nobody')
