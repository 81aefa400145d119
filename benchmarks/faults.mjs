// `npm run faults`: breaks Redis, the network and the backends under load, and looks at what the visitors were told. It needs
// redis-server and haproxy. `npm run faults -- --seed N --only FT-5` repeats one fault with the same plan, and with `--write` puts its rows in
// the place of older ones; `--at-once 2` puts two libraries through a fault side by side, which is sooner done, and measures the machine as well.
import { parseArgs } from 'node:util'
import { ensurePackages } from '../tools/install.mjs'
import { exitOnSignals, runScript } from '../tools/run.mjs'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    write: { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '1' },
  },
})
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed)
exitOnSignals()
await ensurePackages()
const { register } = await import('tsx/esm/api')
register()
const { main } = await import('../test/laboratory/faults/main.ts')
console.log(`Seed: ${seed}`)
const held = await main({ seed, only: values.only, writes: values.write, atOnce: Number(values['at-once']) })
// Rows of different runs make a table whose columns do not stand below each other.
await runScript('node_modules/oxfmt/bin/oxfmt', ['docs/faults.md', 'benchmarks/faults.md'], { quiet: true })
// Not by itself: after a whole run Node 20 was seen to spin for ever while it cleans up.
process.exit(held ? 0 : 1)
