// `npm run sockets`: how soon sockets are closed whose users sign out on another backend, and what 10,000 sockets cost one backend while
// nothing happens on them. `npm run sockets -- --write` puts the tables into docs/sockets.md. It needs redis-server, some 25,000 open files
// and 1 GB of memory.
import { ensurePackages } from '../tools/install.mjs'
import { exitOnSignals, runScript } from '../tools/run.mjs'

exitOnSignals()
await ensurePackages()
const { register } = await import('tsx/esm/api')
register()
const { full } = await import('../test/laboratory/sockets/size.ts')
const { measureSockets, tableOf, writeTable } = await import('../test/laboratory/sockets/table.ts')
const figures = await measureSockets(full)
const text = tableOf(figures)
console.log(text)
if (process.argv.includes('--write')) {
  writeTable(text)
  await runScript('node_modules/oxfmt/bin/oxfmt', ['docs/sockets.md'], { quiet: true })
}
const { closings, holding } = figures
const isRight = closings.every(({ closed, sockets }) => closed === sockets) && holding.answering === holding.weighed
process.exit(isRight ? 0 : 1)
