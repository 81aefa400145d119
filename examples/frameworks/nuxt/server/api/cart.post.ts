import { readText } from '../../../../fleet/visitor.js'

export default defineEventHandler(async (event) => {
  const item = await readValidatedBody(event, (body) => readText(body, 'item', 80))
  await event.context.session.update((data) => {
    data.cart = [...(data.cart ?? []), item]
  })
  return null
})
