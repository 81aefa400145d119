import { nuxtSessions } from 'sessera/nuxt'

/** What responds to nothing leaves the request to the routes and pages. */
export default defineEventHandler((event) =>
  respond?.(event, { nuxtSessions, requireUser, requireRecentSignIn, sessionOf }),
)
