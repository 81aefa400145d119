export default defineEventHandler(({ context }) => {
  context.session.signIn('ada', { keep: ['cart'] })
})
