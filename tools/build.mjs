// `npm run build`: dist/, which is published, and build/examples/, always from scratch.
import { compile } from './compile.mjs'
import { ensurePackages } from './install.mjs'

await ensurePackages()
const { ok, output } = await compile({ force: true })
console.log(output)
process.exitCode = ok ? 0 : 1
