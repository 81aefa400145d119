// Applications of frameworks that are built before they run, by the examples and by the tests; with the packages that the tests install.
import { join } from 'node:path'
import { root, run, runScript } from './run.mjs'

const polyfill = new URL('../examples/frameworks/sveltekit/with-resolvers.mjs', import.meta.url)

/** What Next is told, both when it builds and when it serves. */
export const nextEnvironment = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }

/** `next build`. */
export function buildNext(folder) {
  return build('test/frameworks/next/node_modules/next/dist/bin/next', folder, { env: nextEnvironment })
}

/** `nitro build`. */
export function buildNitro(folder) {
  return build('test/frameworks/nitro/node_modules/nitro/dist/cli/index.mjs', folder, {})
}

/** `vite build`. */
export function buildSvelteKit(folder) {
  return build('test/frameworks/sveltekit/node_modules/vite/bin/vite.js', folder, { flags: [`--import=${polyfill}`] })
}

/** Bundles the client of tRPC, for a page without a bundler. */
export function buildTrpcClient(folder) {
  const files = [`${folder}/client.js`, `--file=${folder}/bundled/client.js`]
  return runScript('node_modules/rolldown/bin/cli.mjs', ['--platform=browser', ...files], {
    quiet: true,
    budgetSeconds: 60,
  })
}

/** `vite build`. */
export function buildTanStackStart(folder) {
  const env = { TSR_TMP_DIR: 'src/build/tmp' }
  return build('test/frameworks/tanstack-start/node_modules/vite/bin/vite.js', folder, { env })
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
