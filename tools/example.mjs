// `npm run example -- <framework>`: an example of examples/frameworks/, also from a fresh clone. It runs in this very process, so that
// signals reach it.
import { existsSync, lstatSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { compile } from './compile.mjs'
import { buildNext, buildNuxt, buildSvelteKit, buildTrpcClient, nextEnvironment } from './framework-builds.mjs'
import { ensurePackages, exclusively, installPackages } from './install.mjs'
import { root } from './run.mjs'

/**
 * The examples: what their framework is called, and the folder whose package.json names it, where that of the project does not. Some frameworks
 * `build` the application; then a file of build/ appears.
 */
export const frameworks = {
  elysia: { title: 'Elysia', packages: 'test/frameworks/fetch' },
  express: { title: 'Express' },
  fastify: { title: 'Fastify' },
  fetch: { title: 'fetch', packages: 'test/frameworks/fetch' },
  h3: { title: 'h3' },
  hono: { title: 'Hono', packages: 'test/frameworks/fetch' },
  koa: { title: 'Koa', packages: 'test/frameworks' },
  nest: { title: 'Nest' },
  next: {
    title: 'Next',
    packages: 'test/frameworks/next',
    build: () => buildNext('build/examples/frameworks/next'),
    built: 'next/.next/BUILD_ID',
    environment: nextEnvironment,
    more: 'Next itself renders <a href="/account">your account</a>.',
  },
  'node-http': { title: 'node:http' },
  nuxt: {
    title: 'Nuxt',
    packages: 'test/frameworks/nuxt',
    build: () => buildNuxt('examples/frameworks/nuxt'),
    built: 'nuxt/output/server/index.mjs',
    environment: { NODE_ENV: 'production' },
    more: 'Nuxt itself renders <a href="/account">your account</a>.',
  },
  'react-router': { title: 'React Router', packages: 'test/frameworks/fetch' },
  sveltekit: {
    title: 'SvelteKit',
    packages: 'test/frameworks/sveltekit',
    build: () => buildSvelteKit('examples/frameworks/sveltekit'),
    built: 'sveltekit/output/server/manifest.js',
  },
  trpc: {
    title: 'tRPC',
    build: () => buildTrpcClient('build/examples/frameworks/trpc'),
    built: 'trpc/bundled/client.js',
    calls: 'build/examples/frameworks/trpc/bundled/client.js',
  },
}

if (process.argv[1] === import.meta.filename) {
  const [name = ''] = process.argv.slice(2)
  if (!Object.hasOwn(frameworks, name)) fail(`Say which one: npm run example -- ${Object.keys(frameworks).join(' | ')}`)
  await ensurePackages()
  const problem = await prepareExample(name)
  if (problem) fail(problem)
  const { title, more = '', calls = 'examples/frameworks/shop/page/calls.js', environment = {} } = frameworks[name]
  Object.assign(process.env, environment)
  const { startExample } = await import('../build/examples/frameworks/shop/start.js')
  await startExample({ name, title, more, calls })
}

/** Installs and builds what an example needs, unless that has been done. Answers what went wrong, or `undefined`. */
export async function prepareExample(name) {
  const { packages, build, built } = frameworks[name]
  for (const folder of ['test/frameworks/sockets', packages]) {
    const problem = folder && (await installPackages(folder))
    if (problem) return problem
  }
  const compiled = await compile()
  if (!compiled.ok) return compiled.output
  return exclusively(async () => {
    linkPackages('shop', 'test/frameworks/sockets')
    if (packages) linkPackages(name, packages)
    if (!build || existsSync(join(root, 'build/examples/frameworks', built))) return undefined
    const { ok, output } = await build()
    return ok ? undefined : output
  })
}

/** Lets an example, as it is written and as it is built, find the packages that the tests have installed in a folder. */
function linkPackages(name, folder) {
  for (const place of ['examples', 'build/examples']) {
    const link = join(root, place, 'frameworks', name, 'node_modules')
    if (lstatSync(link, { throwIfNoEntry: false })) continue
    symlinkSync(relative(dirname(link), join(root, folder, 'node_modules')), link, 'dir')
  }
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
