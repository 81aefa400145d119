// `npm run scale`: how much memory sessions take, what a request costs among a million of them, in a Cluster, and with 10,000
// connections; and what larger sites need, computed from that. With `-- --write` the figures of docs/scale.md. It needs redis-server,
// 2 GB of memory, and up to ten minutes in which the machine has nothing else to do.
import { ensurePackages } from '../tools/install.mjs'
import { exitOnSignals, runScript } from '../tools/run.mjs'

exitOnSignals()
await ensurePackages()
const { register } = await import('tsx/esm/api')
register()
const { measureApart } = await import('../test/laboratory/scale/main.ts')
const { full } = await import('../test/laboratory/scale/size.ts')
const { writePage } = await import('../test/laboratory/scale/page.ts')
const sections = await measureApart(full)
for (const [name, text] of Object.entries(sections)) console.log(`\n${name}\n\n${text}`)
if (process.argv.includes('--write')) {
  writePage(sections)
  await runScript('node_modules/oxfmt/bin/oxfmt', ['docs/scale.md'], { quiet: true })
}
process.exit()
