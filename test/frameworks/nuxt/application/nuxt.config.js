import { fileURLToPath } from 'node:url'

const built = fileURLToPath(new URL('../../../../build/nuxt/', import.meta.url))

export default defineNuxtConfig({
  modules: ['sessera/nuxt/module'],
  compatibilityDate: '2026-01-01',
  buildDir: `${built}application`,
  devtools: { enabled: false },
  telemetry: false,
  sourcemap: false,
  // It wants a newer Node than the tests run on, and there is no CSS.
  postcss: { plugins: { cssnano: false, autoprefixer: false } },
  nitro: {
    preset: 'node-listener',
    // One file, which the tests load anew for each backend.
    inlineDynamicImports: true,
    externals: { trace: false },
    output: { dir: `${built}output` },
  },
})
