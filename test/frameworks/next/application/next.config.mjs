import { fileURLToPath } from 'node:url'

// As applications install it: from dist/.
const root = fileURLToPath(new URL('../../../..', import.meta.url))
const resolveAlias = { sessera: '../../../../dist/index.js', 'sessera/next': '../../../../dist/next.js' }

export default { compress: false, turbopack: { root, resolveAlias }, experimental: { turbopackMinify: false } }
