// Runs on the runtime under test, in a project that has the packed package installed. Its last line tells what failed.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as core from 'sessera'
import * as express from 'sessera/express'
import * as lmdb from 'sessera/lmdb'
import { adapterCases, type AdapterHarness, type ConformanceCase } from 'sessera/testing'
import { harnessOf, type MakeApplication } from '../../compatibility/express4/express4-harness.js'
import { httpHarness } from '../../conformance/http-harness.js'
import { listen } from '../../support/listen.js'
import { nativeFetch } from './native-fetch.js'

const { createSessions, memoryStore, newHandle } = core
const { lmdbStore } = lmdb

// The suite changes data too late on purpose, and the test takes every other warning for a problem.
const { emitWarning } = process
process.emitWarning = (...warning: unknown[]) =>
  isHint(warning[1]) ? undefined : Reflect.apply(emitWarning, process, warning)

function isHint(options: unknown): boolean {
  return (Object(options) as { readonly code?: unknown }).code === 'SESSERA_DEVELOPMENT_HINT'
}

type Check = Pick<ConformanceCase, 'name' | 'run'>

const require = createRequire(import.meta.url)
const path = join(tmpdir(), `sessera-runtime-${process.pid}`)
const harnesses: Record<string, AdapterHarness> = {
  'node:http': httpHarness,
  fetch: nativeFetch,
  'Express 5': harnessOf(require('express') as MakeApplication),
  'Express 4': harnessOf(require('express4') as MakeApplication),
}

const checks: Check[] = [
  { name: 'memory reads back', run: () => readBack(memoryStore()) },
  { name: 'lmdb reads back', run: () => readBack(lmdbStore({ path })) },
  { name: 'import and require work together', run: useBothCopies },
  ...Object.entries(harnesses).flatMap(([name, harness]) =>
    prefixed(
      name,
      adapterCases(harness).filter(({ skip }) => skip === undefined),
    ),
  ),
]

/** Signs in, and finds who signed in and what was kept. */
async function readBack(store: core.SessionStore): Promise<void> {
  const sessions = createSessions<{ cart: string[] }>({ store })
  const first = await sessions.open(undefined)
  first.session.data.cart = ['tea']
  first.session.signIn('ada', { keep: ['cart'] })
  const { setCookies } = await first.commit()
  const { session } = await sessions.open(setCookies[0]?.split(';')[0])
  const found = JSON.stringify([session.userId, session.data.cart])
  await sessions.close()
  if (found !== '["ada",["tea"]]') throw new Error(`found ${found}`)
}

/** Bun gives one copy of the package to `import` and another to `require`; elsewhere they are the same. */
async function useBothCopies(): Promise<void> {
  const required = {
    core: require('sessera') as typeof core,
    express: require('sessera/express') as typeof express,
    lmdb: require('sessera/lmdb') as typeof lmdb,
  }
  const error = new core.StoreUnavailableError('down')
  assert.ok(core.SesseraError.is(error) && required.core.SesseraError.is(error))

  const sessions = createSessions({ store: memoryStore(), cookie: { secure: false } })
  const mount = express.expressSessions(sessions)
  const { origin, close } = await listen(
    createServer((request, response) => {
      mount(request, response, () => response.end(String(required.express.sessionOf(sessions, request).isNew)))
    }),
  )
  assert.equal(await (await fetch(origin)).text(), 'true')
  await close()

  // A second copy that opened the files anew would wait for a lock that this very thread may have to give back.
  const store = lmdbStore({ path })
  for (let turns = 0; turns < 10; turns++) {
    const inserted = [store.insert(newHandle(), 'text', 60_000)]
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
    const other = required.lmdb.lmdbStore({ path })
    inserted.push(other.insert(newHandle(), 'text', 60_000))
    assert.ok((await Promise.all(inserted)).every((version) => version !== undefined))
    await other.close()
  }
  await store.close()
}

function prefixed(name: string, cases: readonly Check[]): Check[] {
  return cases.map((check) => ({ name: `${name}: ${check.name}`, run: () => check.run() }))
}

async function failureOf({ name, run }: Check): Promise<string[]> {
  try {
    await run()
    return []
  } catch (error) {
    return [`${name}: ${String(error)}`]
  }
}

const failures: string[] = []
for (const check of checks) failures.push(...(await failureOf(check)))
rmSync(path, { recursive: true, force: true })
console.log(JSON.stringify({ checks: checks.length, failures }))
