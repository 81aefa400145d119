import { type Handle, sequence } from '@sveltejs/kit/hooks'
import { requireUser, svelteKitSessions } from 'sessera/sveltekit'
import { sessions } from '../../shop/backend.js'

const signedIn = requireUser()
const guard: Handle = (input) =>
  input.event.url.pathname.startsWith('/api/sessions') ? signedIn(input) : input.resolve(input.event)

export const handle = sequence(svelteKitSessions(sessions), guard)
