export default defineEventHandler(({ context }) => {
  context.session.data.cart = ['tea']
  return 'filled'
})
