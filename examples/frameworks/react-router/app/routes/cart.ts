import type { ActionFunctionArgs } from 'react-router'
import { sessionContext } from 'sessera/react-router'
import { textIn } from '../../../shop/text-in.js'

export async function action({ context, request }: ActionFunctionArgs): Promise<Response> {
  const item = await textIn(request, 'item', 80)
  await context.get(sessionContext).update((data) => {
    data.cart = [...(data.cart ?? []), item]
  })
  return new Response(null, { status: 204 })
}
