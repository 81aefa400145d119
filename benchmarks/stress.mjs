// `npm run stress`: what becomes of sessions under stress, with express-session + connect-redis and with what succeeds them here,
// measured now and side by side. It needs redis-server.
import { ensurePackages } from '../tools/install.mjs'

await ensurePackages()
const { register } = await import('tsx/esm/api')
register()
const { full } = await import('../test/stress/cases.ts')
const { compareUnderStress, tableOf } = await import('../test/stress/table.ts')
const rows = await compareUnderStress(full, ({ title }) => console.log(`measured: ${title}`))
console.log(`\n${tableOf(rows)}`)
