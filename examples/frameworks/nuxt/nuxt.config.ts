import { fileURLToPath } from 'node:url'

const built = new URL('../../../build/examples/frameworks/', import.meta.url)
const pathOf = (path: string): string => fileURLToPath(new URL(path, built))

// Nitro would take in what the examples share; but the sessions of a process are opened once, by the file that its server imports, too.
const shared = {
  name: 'shared',
  resolveId(id: string) {
    const [, path] = /\/((?:shop|fleet)\/[\w-]+\.js)$/.exec(id) ?? []
    if (path === undefined) return undefined
    return { id: new URL(path.startsWith('fleet/') ? `../${path}` : path, built).href, external: true }
  },
}

export default defineNuxtConfig({
  modules: ['sessera/nuxt/module'],
  features: { noScripts: true },
  // An application that has a place of its own needs nothing of what follows.
  compatibilityDate: '2026-01-01',
  devtools: { enabled: false },
  telemetry: false,
  sourcemap: false,
  buildDir: pathOf('nuxt/built'),
  postcss: { plugins: { cssnano: false, autoprefixer: false } }, // so that it builds on Node 20, too
  nitro: {
    preset: 'node-listener', // server.ts listens
    rollupConfig: { plugins: [shared] },
    externals: { trace: false },
    output: { dir: pathOf('nuxt/output') },
  },
})
