import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { skipWithout } from './test/support/missing-programs.js'

const testFiles = ['src', 'test'].flatMap((folder) =>
  readdirSync(new URL(folder, import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules'))
    .map((path) => `${folder}/${path}`),
)

// Tests that replace modules, timers or globals (as Hono's server for Node does with `Response`), or look for a warning that comes once a process, need modules that no other test has
// loaded. For all others, loading them anew would cost more than most files take.
const ownModules = testFiles.filter((path) =>
  /\bvi\.(?:mock|useFakeTimers|stubEnv)\b|\bemitWarning\b|'warning'|@hono\/node-server|hono-harness/.test(
    readFileSync(new URL(path, import.meta.url), 'utf8'),
  ),
)

// Docs, links, lock files and the package, which are checked before the tests of behaviour.
const repository = testFiles.filter((path) => path.startsWith('test/repository/'))

// They measure times, so they run afterwards and not more at once than the cores of a small machine can bear.
const laboratory = testFiles.filter((path) => path.startsWith('test/laboratory/'))

export default defineConfig({
  // Tests enter through the public import paths, which tsconfig.json leads to src/: not to an older build.
  resolve: { tsconfigPaths: true },
  plugins: [skipWithout((process.env['SESSERA_MISSING_PROGRAMS'] ?? '').split(' ').filter(Boolean))],
  test: {
    // A built application is loaded by Node itself.
    server: { deps: { external: [/\/build\/nuxt\//] } },
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Most tests wait for servers and processes rather than compute.
    maxWorkers: Math.min(3 * availableParallelism(), 8),
    projects: [
      {
        extends: true,
        test: {
          name: 'shared modules',
          include: testFiles,
          exclude: [...ownModules, ...laboratory, ...repository],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'repository', include: repository, isolate: false } },
      { extends: true, test: { name: 'own modules', include: ownModules } },
      { extends: true, test: { name: 'laboratory', include: laboratory, maxWorkers: 3, sequence: { groupOrder: 1 } } },
    ],
  },
})
