// A core that knows Redis or a framework can no longer be tested alone or used with another one, and it happens by one
// careless import. So this reads the imports of src/ and fails on a wrong one.
import { readdirSync, readFileSync } from 'node:fs'

const base = ['errors.ts', 'events.ts', 'store.ts', 'options.ts', 'options/', 'engine/']
const core = [...base, 'core/', 'node:crypto', 'node:diagnostics_channel']
const libraries = ['cookie', 'cookie-signature', 'debug', 'depd']
// Whose files, and what they may import; the first that fits counts. Frameworks and clients are named by their types only.
const rules = [
  ['errors.ts', []],
  ['events.ts', ['errors.ts', 'store.ts', 'engine/', 'node:diagnostics_channel']],
  ['store.ts', ['engine/random.ts']],
  ['options.ts', ['store.ts', 'options/']],
  ['options/', ['errors.ts', 'options/']],
  ['engine/', ['errors.ts', 'events.ts', 'store.ts', 'engine/', 'node:crypto', 'node:timers']],
  ['index.ts', [...base, 'core/', 'stores/memory.ts']],
  ['core/sessions.ts', [...core, 'stores/memory.ts']],
  ['core/', core],
  ['stores/lmdb/', [...base, 'stores/lmdb/', 'node:', 'lmdb']],
  ['stores/redis/', [...base, 'stores/redis/', 'node:', 'type redis', 'type ioredis']],
  ['stores/', [...base, 'node:']],
  ['callback-store/', [...base, 'callback-store/', 'node:']],
  ['adapters/response/', [...base, 'core/request/', 'adapters/response/', 'node:', 'type ']],
  ['adapters/', [...base, 'core/', 'adapters/', 'node:', 'type ']],
  ['connect-redis/', [...base, 'connect-redis/', 'express-session/', 'stores/redis/', 'node:', ...libraries]],
  ['express-session/', [...base, 'core/', 'callback-store/', 'adapters/', 'express-session/', 'node:', ...libraries]],
  ['testing/', ['testing/', 'node:', 'sessera']],
]
const statement = /^(?:import|export)\s+(type\s)?[\w\s{},*$]*'([^']+)'|\b(?:import|require)\(\s*'([^']+)'/gm

const files = readdirSync('src', { recursive: true }).filter((name) => /(?<!\.test)\.ts$/.test(name))
for (const file of files) {
  const text = readFileSync(`src/${file}`, 'utf8')
  const [, allowed = []] = rules.find(([start]) => file.startsWith(start)) ?? []
  for (const { 0: code, 1: type, 2: from, 3: call, index } of text.matchAll(statement)) {
    const name = from ?? call
    const path = new URL(name, `file:///${file}`).pathname.slice(1).replace(/\.js$/, '.ts')
    const target = name.startsWith('.') ? path : `${type ?? ''}${name}`
    if (allowed.some((start) => target.startsWith(start) || name.startsWith(start))) continue
    const line = text.slice(0, index).split('\n').length
    console.error(`src/${file}:${line} must not import ${target}:\n  ${code.replaceAll('\n', ' ')}`)
    process.exitCode = 1
  }
}
