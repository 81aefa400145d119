import { error, redirect } from '@sveltejs/kit'

const respond = (event) => event.platform.respond(event, { error, redirect })
export { respond as GET, respond as POST, respond as fallback }
