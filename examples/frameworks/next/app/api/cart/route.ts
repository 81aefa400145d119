import { textIn } from '../../../../shop/text-in.js'
import { withSession } from '../../../lib/session.js'

export const POST = withSession(async (request, session) => {
  const item = await textIn(request, 'item', 80)
  await session.update((data) => {
    data.cart = [...(data.cart ?? []), item]
  })
  return new Response(null, { status: 204 })
})
