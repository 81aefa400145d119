// The tests keep what they are about by the host that is visited; so the application is built once.
import { notFound, redirect } from '@tanstack/react-router'
import { setCookie, setResponseStatus } from '@tanstack/react-start/server'
import handler, { createServerEntry } from '@tanstack/react-start/server-entry'

const tools = { notFound, redirect, setCookie, setResponseStatus }

export default createServerEntry({
  fetch(request) {
    const application = globalThis.sesseraStart.get(new URL(request.url).host)
    const start = (session, started) => handler.fetch(started, { context: { application, session, tools } })
    return application.serve(request, start)
  },
})
