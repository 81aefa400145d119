// Applications of frameworks that are built before they run, by the examples and by the tests; with the packages that the tests install.
import { join } from 'node:path'
import { root, run } from './run.mjs'

const polyfill = new URL('../examples/frameworks/sveltekit/with-resolvers.mjs', import.meta.url)

/** What Next is told, both when it builds and when it serves. */
export const nextEnvironment = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }

/** `next build`. */
export function buildNext(folder) {
  return build('test/frameworks/next/node_modules/next/dist/bin/next', folder, { env: nextEnvironment })
}

/** `vite build`. */
export function buildSvelteKit(folder) {
  return build('test/frameworks/sveltekit/node_modules/vite/bin/vite.js', folder, { flags: [`--import=${polyfill}`] })
}

// What `nuxt build` does, whose command wants a newer Node.
const nuxtBuild = `const { buildNuxt, loadNuxt, writeTypes } = await import('@nuxt/kit')
const nuxt = await loadNuxt({ cwd: process.cwd() })
await writeTypes(nuxt)
await buildNuxt(nuxt)
await nuxt.close()`

/** `nuxt build`. */
export function buildNuxt(folder) {
  return runIn(folder, ['--input-type=module', '--eval', nuxtBuild], { NODE_ENV: 'production' })
}

function build(program, folder, { env = {}, flags = [] }) {
  return runIn(folder, [...flags, join(root, program), 'build'], env)
}

/** Answers like `run`. */
function runIn(folder, args, env) {
  const options = { cwd: join(root, folder), env: { ...process.env, ...env }, quiet: true, budgetSeconds: 120 }
  return run(process.execPath, args, options)
}
