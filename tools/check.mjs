// `npm run check`: everything that must hold besides the tests.
import { runChecks } from './checks.mjs'
import { ensurePackages } from './install.mjs'

await ensurePackages()
const { failed } = await runChecks()
process.exitCode = failed > 0 ? 1 : 0
