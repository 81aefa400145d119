import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { compile, runScript, singleThreaded } from '../../support/commands.js'
import { hasPackages } from '../../support/packages.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const timeout = 120_000

beforeAll(async () => {
  const { ok, output } = await compile()
  if (!ok) throw new Error(output)
}, timeout)

/** Runs a program that imports the package by its name, and gives what it printed. */
async function run(type: 'module' | 'commonjs', program: string): Promise<string> {
  const child = spawn(process.execPath, [singleThreaded, `--input-type=${type}`, '-e', program], { cwd: root })
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  return output + errors
}

// The client is never asked: each only shows that the class works.
const client = '{ sendCommand: async (command) => [command[4], null, -2] }'
const proof = `new RedisStore({ client: ${client} }).get('id').then((data) => console.log(RedisStore.name, data))`

describe('RedisStore, as published,', () => {
  it.each([
    ["const { RedisStore } = require('sessera/connect-redis')", 'since version 8'],
    ["const RedisStore = require('sessera/connect-redis').default", 'in versions 7 and 8'],
    ["const RedisStore = require('sessera/connect-redis')(require('sessera/express-session'))", 'before version 7'],
    ["const RedisStore = require('sessera/connect-redis')", 'by itself'],
  ])('is %s in CommonJS, %s', { timeout }, async (statement) => {
    expect(await run('commonjs', `${statement}\n${proof}`)).toBe('RedisStore null\n')
  })

  it.each([
    ["import { RedisStore } from 'sessera/connect-redis'"],
    ["import RedisStore from 'sessera/connect-redis'"],
    ["import * as all from 'sessera/connect-redis'\nconst { RedisStore } = all"],
    ["const { RedisStore } = await import('sessera/connect-redis')"],
  ])('is %s in ESM', { timeout }, async (statement) => {
    expect(await run('module', `${statement}\n${proof}`)).toBe('RedisStore null\n')
  })

  it('is one class, and a store, whichever way it is asked for', { timeout }, async () => {
    const program = `
      const module = require('sessera/connect-redis')
      const session = require('sessera/express-session')
      import('sessera/connect-redis').then((namespace) => {
        class Extended extends module {}
        const store = new Extended({ client: ${client} })
        const all = [module.RedisStore, module.default, module(session), namespace.RedisStore, namespace.default]
        console.log(all.every((Class) => Class === module), store instanceof module, store instanceof session.Store)
      })`
    expect(await run('commonjs', program)).toBe('true true true\n')
  })
})

describe.skipIf(!(await hasPackages('compatibility')))('its types', () => {
  it('fit the originals’ type declarations, and what was written against them', { timeout }, async () => {
    const project = fileURLToPath(new URL('types', import.meta.url))
    const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', `file://${root}`))
    const { ok, output } = await runScript(compiler, '--pretty', 'false', '-p', project)
    expect(output).toBe('')
    expect(ok).toBe(true)
  })
})
