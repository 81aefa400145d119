// `npm run bench`: what a session costs in each request, with Sessera and with the libraries beside it, in CPU time over the bare
// framework. It needs redis-server. `npm run bench -- --only native,pair --cases read,anonymous --rounds 5` measures some of it,
// `--before FOLDER` another build of Sessera beside this one, and `--profile` shows where the time of one contestant and case goes.
import { parseArgs } from 'node:util'
import { ensurePackages } from '../tools/install.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    cases: { type: 'string', default: '' },
    rounds: { type: 'string' },
    profile: { type: 'boolean', default: false },
    before: { type: 'string' },
  },
})
const listOf = (text) => text.split(',').filter((id) => id !== '')
await ensurePackages()
const { register } = await import('tsx/esm/api')
register()
const { main } = await import('../test/laboratory/bench/main.ts')
await main({
  only: listOf(values.only),
  cases: listOf(values.cases),
  rounds: values.rounds && Number(values.rounds),
  profiles: values.profile,
  before: values.before,
})
process.exit()
