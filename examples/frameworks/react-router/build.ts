import type { ServerBuild } from 'react-router'
import * as root from './app/root.js'
import * as cart from './app/routes/cart.js'
import * as otherSessions from './app/routes/other-sessions.js'
import * as session from './app/routes/session.js'
import * as sessions from './app/routes/sessions.js'

const routes = {
  'api/session': session,
  'api/cart': cart,
  'api/sessions': sessions,
  'api/sessions/others': otherSessions,
}

/** What `react-router build` makes of `app/`, without pages. In an application of yours, it does this. */
export const build = {
  entry: { module: { default: () => new Response(null, { status: 404 }), handleError: console.error } },
  routes: {
    root: { id: 'root', path: '', module: root },
    ...Object.fromEntries(
      Object.entries(routes).map(([path, module]) => [path, { id: path, parentId: 'root', path, module }]),
    ),
  },
  assets: { version: '1', url: '', entry: { module: '', imports: [] }, routes: {} },
  publicPath: '/',
  assetsBuildDirectory: '',
  future: {},
  ssr: true,
  isSpaMode: false,
  prerender: [],
  routeDiscovery: { mode: 'initial', manifestPath: '/__manifest' },
} as unknown as ServerBuild
