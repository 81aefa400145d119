import { createFileRoute } from '@tanstack/react-router'
import { Page } from '../page.jsx'

export const Route = createFileRoute('/login')({
  server: {
    handlers: {
      POST: ({ context: { application, session, tools }, request }) => application.respond(session, request, tools),
    },
  },
  component: () => <Page loaded="login" />,
})
