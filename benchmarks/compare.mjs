// `npm run compare`: what goes wrong in a fleet behind HAProxy, with Sessera and with the pair that it succeeds, measured
// now. Writes to Redis take 10 ms longer while redirects are followed. It needs redis-server, haproxy and openssl.
import { ensurePackages } from '../tools/install.mjs'

await ensurePackages()
const { register } = await import('tsx/esm/api')
register()
const { compare, tableOf } = await import('../test/laboratory/comparison/comparison.ts')
console.log('Measuring: three backends behind HAProxy, first with Sessera, then with the other…')
console.log(tableOf(await compare({ users: 50, rounds: 100 })))
