import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll } from 'vitest'
import { describeDropInApi } from './drop-in-api.js'
import { describeNativeApi } from './native-api.js'
import { ensurePackages, requireFrom } from '../../support/packages.js'
import type { SessionModule, StoreFactory } from './store-factory.js'

/** PostgreSQL itself, inside this process. */
interface Database {
  query(text: string, values?: readonly unknown[]): Promise<unknown>
  exec(statements: string): Promise<unknown>
  close(): Promise<void>
}

interface PgStoreOptions {
  /** A connection pool of the package `pg`, as far as the store knows it. */
  readonly pool: Pick<Database, 'query'>
}

type Store = InstanceType<SessionModule['Store']> & { close(): Promise<void> }

await ensurePackages('compatibility')
const load = requireFrom('compatibility')
const connectPgSimple = load('connect-pg-simple') as StoreFactory<PgStoreOptions, Store>
const { PGlite } = load('@electric-sql/pglite') as { readonly PGlite: new () => Database }

let database: Database
beforeAll(async () => {
  database = new PGlite()
  await database.exec(await readFile(load.resolve('connect-pg-simple/table.sql'), 'utf8'))
}, 60_000) // a whole database server begins its life
afterAll(() => database.close())

async function open(module: SessionModule) {
  let isUp = true
  const pool: PgStoreOptions['pool'] = {
    query: async (text, values) => {
      if (!isUp) throw new Error('Connection terminated unexpectedly')
      return database.query(text, values)
    },
  }
  const store = new (connectPgSimple(module))({ pool })
  return {
    store,
    close: () => store.close(),
    breakDown: () => (isUp = false),
    mend: () => (isUp = true),
  }
}

const other = { name: 'connect-pg-simple', open, openFragile: open }

describeNativeApi(other)
describeDropInApi(other)
describeDropInApi(other, load('express-session') as SessionModule)
