import type { RequestHandler } from '@sveltejs/kit'
import { textIn } from '../../../text-in.js'

export const POST: RequestHandler = async ({ locals, request }) => {
  const item = await textIn(request, 'item', 80)
  await locals.session.update((data) => {
    data.cart = [...(data.cart ?? []), item]
  })
  return new Response(null, { status: 204 })
}
