// One instance, a process of its own, forked by test/support/balancer/backends.ts: `instance.ts <name> <port> <Redis> <release>`.
import express from 'express'
import { createClient } from 'redis'
import { RedisStore } from 'sessera/connect-redis'
import { session } from 'sessera/express-session'
import { loadOriginals, openExpressSession, type Pair } from '../../support/balancer/express-session-library.js'
import { type Place, serve } from '../../support/balancer/serve.js'
import { createShop } from '../../support/balancer/shop.js'
import { optionsOf, parts, type Release, type Side } from './releases.js'

const [number, port, url, release] = process.argv.slice(2) as [string, string, string, Release]
const side: Side = release === 'new' ? 'new' : 'old'
const pair: Pair = side === 'new' ? { session, RedisStore } : loadOriginals()

const client = createClient({ url })
client.on('error', () => {}) // it connects again by itself
await client.connect()

function createApplication(place: Place): express.Express {
  const app = express()
  app.get('/healthz', place.drain.health)
  for (const part of parts) {
    const library = openExpressSession(pair, client, optionsOf(part, release))
    app.use(part, createShop({ ...place, name: `${side} ${number}`, library }))
  }
  return app
}

await serve(port, createApplication, () => client.close())
