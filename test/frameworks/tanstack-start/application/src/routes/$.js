import { createFileRoute } from '@tanstack/react-router'

const respond = ({ context: { application, session, tools }, request }) => application.respond(session, request, tools)

export const Route = createFileRoute('/$')({ server: { handlers: { ANY: respond } } })
