export default defineEventHandler(({ context }) => {
  context.session.end()
})
