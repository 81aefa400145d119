// How the module was used before version 7, and how CommonJS uses it now.
import session = require('express-session')
import { Redis } from 'ioredis'
import connectRedis = require('sessera/connect-redis')
import { RedisStore } from 'sessera/connect-redis'

const client = new Redis()
const Store = connectRedis(session)
export const stores: connectRedis.RedisStore[] = [
  new Store({ client }),
  new connectRedis({ client }),
  new connectRedis.RedisStore({ client }),
  new connectRedis.default({ client }),
  new RedisStore({ client }),
]
const options: connectRedis.RedisStoreOptions = { client, disableTouch: true }
session({ store: new RedisStore(options), secret: 'keyboard cat' })
