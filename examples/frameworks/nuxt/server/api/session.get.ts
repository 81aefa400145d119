export default defineEventHandler(({ context: { session } }) => ({
  user: session.userId ?? null,
  cart: session.data.cart ?? [],
}))
