// `npm run stress`: what becomes of sessions under stress, with express-session + connect-redis and with what succeeds them here,
// measured now and side by side. `npm run stress -- --write` puts the table into the documentation too. It needs redis-server.
import { readFileSync, writeFileSync } from 'node:fs'
import { ensurePackages } from '../tools/install.mjs'
import { exitOnSignals } from '../tools/run.mjs'

exitOnSignals()
await ensurePackages()
const { register } = await import('tsx/esm/api')
register()
const { full } = await import('../test/laboratory/stress/cases.ts')
const { compareUnderStress, tableOf } = await import('../test/laboratory/stress/table.ts')
const rows = await compareUnderStress(full, ({ title }) => console.log(`measured: ${title}`))
console.log(`\n${tableOf(rows)}`)
if (process.argv.includes('--write')) {
  const page = 'docs/moving-from-express-session.md'
  const place = /(?<=<!-- stress -->\n)[^]*(?=<!-- end of stress -->)/
  writeFileSync(page, readFileSync(page, 'utf8').replace(place, `\n${tableOf(rows)}\n\n`))
}
