import { createFileRoute } from '@tanstack/react-router'
import { signedIn } from '../functions.js'
import { Page } from '../page.jsx'

export const Route = createFileRoute('/account')({
  server: { middleware: [signedIn] },
  component: () => <Page loaded="account" />,
})
