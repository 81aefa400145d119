// `npm run bench`: what a session costs in each request, with Sessera and with the libraries beside it, in CPU time over the framework
// alone. It needs redis-server. `-- --quick` takes two minutes, and `--write` puts what was measured into docs/benchmarks.md.
// `--only native,pair --cases read,anonymous --rounds 5` measures some of it, `--other-build FOLDER` another build of Sessera beside this
// one, and `--profile --only native --cases read` shows where the time of one contestant in one case goes.
import { parseArgs } from 'node:util'
import { ensurePackages } from '../tools/install.mjs'
import { exitOnSignals, runScript } from '../tools/run.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    cases: { type: 'string', default: '' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    'other-build': { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const listOf = (text) => text.split(',').filter((id) => id !== '')
exitOnSignals()
await ensurePackages()
const { register } = await import('tsx/esm/api')
register()
const { main } = await import('../test/laboratory/bench/main.ts')
const allAnswered = await main({
  only: listOf(values.only),
  cases: listOf(values.cases),
  rounds: values.rounds === undefined ? undefined : Number(values.rounds),
  isQuick: values.quick,
  profiles: values.profile,
  otherBuild: values['other-build'],
  writes: values.write,
})
if (values.write)
  await runScript('node_modules/oxfmt/bin/oxfmt', ['docs/benchmarks.md', 'benchmarks/bench.md'], { quiet: true })
process.exit(allAnswered ? 0 : 1)
