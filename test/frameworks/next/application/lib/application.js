// The tests say by `globalThis` what an application does, which they find by its port; so it is built once.
import { headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import { nextSessions, requireRecentSignIn, requireUser } from 'sessera/next'

const made = new WeakMap()

/** The application of the current request, with what it uses of Next and of the adapter. */
export async function current() {
  const host = (await headers()).get('host')
  const application = globalThis.sesseraApplications.get(host)
  if (!made.has(application)) {
    const { sessions, options } = application
    const framework = { notFound, redirect, requireRecentSignIn, requireUser }
    made.set(application, { ...framework, ...nextSessions(sessions, options) })
  }
  return { application, tools: made.get(application) }
}
