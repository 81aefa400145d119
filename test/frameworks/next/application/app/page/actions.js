'use server'

import { current } from '../../lib/application.js'

export async function act(...given) {
  const { application, tools } = await current()
  return application.act(tools, ...given)
}
