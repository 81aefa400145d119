// `npm run compare`: what goes wrong in a fleet behind HAProxy, with Sessera and with the pair that it succeeds, measured
// now; and which sign-ins survive signing out everywhere, beside better-auth. Writes to Redis take 10 ms longer while redirects
// are followed. It needs redis-server, haproxy and openssl.
import { ensurePackages } from '../tools/install.mjs'
import { exitOnSignals } from '../tools/run.mjs'

exitOnSignals()
await ensurePackages()
const { register } = await import('tsx/esm/api')
register()
const { compare, tableOf } = await import('../test/laboratory/comparison/comparison.ts')
console.log('Measuring: three backends behind HAProxy, first with Sessera, then with the other…')
console.log(tableOf(await compare({ users: 50, rounds: 100 })))
console.log('\nMeasuring: three processes sign in while a fourth signs the user out everywhere…')
const { compareSignOuts, peerName } = await import('../test/laboratory/comparison/sign-outs.ts')
console.log(tableOf(await compareSignOuts({ rounds: 250, seed: 1 }), peerName))
