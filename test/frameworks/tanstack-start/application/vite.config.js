import { tanstackStart } from '@tanstack/react-start/plugin/vite'

// Everything that is generated is in folders `build`.
const router = { generatedRouteTree: 'build/routes.ts' }

export default { plugins: [tanstackStart({ router })], build: { outDir: 'build' }, logLevel: 'error' }
