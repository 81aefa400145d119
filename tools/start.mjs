// `npm start`: the fleet demo, also from a fresh clone. It runs in this very process, so that signals reach it.
import { compile } from './compile.mjs'
import { ensurePackages } from './install.mjs'

await ensurePackages()
const { ok, output } = await compile()
if (output) console.log(output)
if (!ok) process.exit(1)
await import('../build/examples/fleet/start.js')
