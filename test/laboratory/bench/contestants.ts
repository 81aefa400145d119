/** What is measured: a library on a framework, or a framework alone. */
export interface Contestant {
  readonly id: string
  readonly title: string
  /** The file in contestants/, and its name there. */
  readonly module: string
  readonly name: string
  /** The id of the framework alone, whose cost is subtracted. `undefined` for the framework itself. */
  readonly bare?: string
  /** The cases that it has; all of them if this is missing. */
  readonly cases?: readonly string[]
  /** Why it has no others. */
  readonly reason?: string
  /** The cookie holds the data. The load never takes a new one, so each write begins at the same place. */
  readonly inCookie?: boolean
  /** The contestant whose cost of an anonymous visit is the unit of its ratios, instead of the pair's in the same case. */
  readonly unit?: string
  /** The framework's own session library, by which its cost is divided in a table of its own. */
  readonly rival?: string
  /** A folder with another build of Sessera than this one's. */
  readonly sessera?: string
}

const simpleCases = {
  cases: [
    'anonymous',
    'read',
    'read-4k',
    'read-64k',
    'who',
    'who-64k',
    'write',
    'malformed',
    'forged',
    'parallel',
    'shared',
  ],
}
const withoutUpdate = {
  ...simpleCases,
  reason: 'has no atomic update; the nearest thing to it is measured with express-session',
}
const smallOnly = {
  cases: ['anonymous', 'read', 'who', 'write', 'malformed', 'forged'],
  reason: 'keeps the data in the cookie, which holds at most 4 KB and belongs to one request',
  inCookie: true,
}
const checkOnly = {
  cases: ['anonymous', 'who', 'malformed', 'forged'],
  reason: 'keeps no data of the application: it is asked only who is signed in',
}
const inMemory = {
  cases: ['anonymous', 'read', 'who', 'write'],
  reason: 'is here to show what is left without Redis and Express',
  unit: 'http-memory-express-session',
}

const onExpress = (module: string, id: string, title: string) => ({ id, title, module, bare: 'bare' })
const onFramework = (framework: string, rival: string) => ({ bare: `${framework}-bare`, rival, ...simpleCases })
const alone = (module: string, id: string, title: string) => ({ id, title, module })

const all: readonly Omit<Contestant, 'name'>[] = [
  alone('on-express.mjs', 'bare', 'bare Express 5'),
  onExpress('express-session.mjs', 'pair', 'express-session + connect-redis (the pair)'),
  onExpress('express-session.mjs', 'pair-tuned', 'the pair, no command timeout, no touch'),
  onExpress('express-session.mjs', 'pair-ioredis', 'the pair with connect-redis 8 and ioredis'),
  onExpress('native.mjs', 'native', 'Sessera'),
  onExpress('native.mjs', 'native-ioredis', 'Sessera, ioredis'),
  onExpress('express-session.mjs', 'drop-in', 'Sessera as a drop-in'),
  onExpress('express-session.mjs', 'drop-in-ioredis', 'Sessera as a drop-in, ioredis'),
  { ...onExpress('in-cookies.mjs', 'iron-session', 'iron-session'), ...smallOnly },
  { ...onExpress('in-cookies.mjs', 'cookie-session', 'cookie-session'), ...smallOnly },
  { ...onExpress('better-auth.mjs', 'better-auth', 'better-auth, session check'), ...checkOnly },
  alone('fastify.mjs', 'fastify-bare', 'bare Fastify 5'),
  { ...alone('fastify.mjs', 'fastify-session', '@fastify/session on Fastify'), bare: 'fastify-bare', ...withoutUpdate },
  {
    ...alone('fastify.mjs', 'fastify-session-fixed', '@fastify/session on Fastify, rolling off'),
    bare: 'fastify-bare',
    ...withoutUpdate,
  },
  {
    ...alone('fastify.mjs', 'fastify-session-mgcrea', '@mgcrea/fastify-session on Fastify'),
    bare: 'fastify-bare',
    ...withoutUpdate,
  },
  { ...alone('fastify.mjs', 'fastify-native', 'Sessera on Fastify'), ...onFramework('fastify', 'fastify-session') },
  alone('koa.mjs', 'koa-bare', 'bare Koa 3'),
  { ...alone('koa.mjs', 'koa-session', 'koa-session on Koa'), bare: 'koa-bare', ...withoutUpdate },
  { ...alone('koa.mjs', 'koa-native', 'Sessera on Koa'), ...onFramework('koa', 'koa-session') },
  alone('hono.mjs', 'hono-bare', 'bare Hono 4'),
  { ...alone('hono.mjs', 'hono-session', '@hono/session on Hono'), bare: 'hono-bare', ...withoutUpdate },
  { ...alone('hono.mjs', 'hono-native', 'Sessera on Hono'), ...onFramework('hono', 'hono-session') },
  { ...alone('node-http.mjs', 'http-bare', 'bare node:http') },
  { ...alone('node-http.mjs', 'http-native', 'Sessera on node:http'), bare: 'http-bare' },
  {
    ...alone('node-http.mjs', 'http-memory-express-session', 'express-session on node:http, in memory'),
    bare: 'http-bare',
    ...inMemory,
  },
  {
    ...alone('node-http.mjs', 'http-memory-native', 'Sessera on node:http, in memory'),
    bare: 'http-bare',
    ...inMemory,
  },
]

/** Everything that can be measured, in the order of the table. */
export const contestants: readonly Contestant[] = all.map((each) => ({ name: each.id, ...each }))

/** Whether a contestant takes part in a case. */
export function has({ cases }: Contestant, id: string): boolean {
  return cases === undefined || cases.includes(id)
}
