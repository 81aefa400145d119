import { current } from '../../lib/application.js'

async function respond(request, context) {
  const { application, tools } = await current()
  return application.respond(tools, request, context)
}

export { respond as GET, respond as POST }
