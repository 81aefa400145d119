import { createFileRoute } from '@tanstack/react-router'
import { loadPage } from '../functions.js'
import { Page } from '../page.jsx'

export const Route = createFileRoute('/page')({
  loader: () => loadPage(),
  component: () => <Page loaded={Route.useLoaderData()} />,
})
