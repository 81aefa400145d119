// What Sessera sends to Redis and what stands there afterwards, measured: the table of docs/what-is-in-redis.md.
// Run it: node --import tsx test/redis/figures.ts
import { pathToFileURL } from 'node:url'
import { createClient } from 'redis'
import { createSessions, type Session, type SessionStore } from 'sessera'
import { redisStore } from 'sessera/redis'
import { startRedis, type RedisServer } from '../support/servers/redis.js'

type Data = Record<string, unknown>

/** The table's lines. The data of the session is 200 bytes of JSON. */
export async function measure(): Promise<string[]> {
  const server = await startRedis()
  try {
    return await withServer(server)
  } finally {
    await server.stop()
  }
}

async function withServer(server: RedisServer): Promise<string[]> {
  const client = createClient({ url: server.url })
  client.on('error', () => {})
  await client.connect()
  const sent: string[][] = []
  const recording = {
    isReady: true,
    sendCommand: (command: string[], options: object) => {
      if (command[0] !== 'TIME') sent.push(command)
      return client.sendCommand(command, options)
    },
  }
  let ahead = 0
  const store = standingStill(redisStore({ client: recording }), () => ahead)
  const sessions = createSessions<Data>({ store })
  let cookie: string | undefined

  const visit = async (name: string, handler: (session: Session<Data>) => unknown = () => {}): Promise<string> => {
    sent.length = 0
    const { session, commit } = await sessions.open(cookie)
    await handler(session)
    const { setCookies } = await commit()
    for (let turn = 0; turn < 3; turn++) await client.ping() // some commands are sent beside the response, one after the other
    for (const setCookie of setCookies) cookie = setCookie.split(';', 1)[0]
    const commands = sent.map(describe)
    const bytes = sent.reduce((sum, command) => sum + wireLength(command), 0)
    const { handle } = session
    const value = handle === undefined ? 0 : Number(await server.command('STRLEN', `sessera:${handle}`))
    return `| ${name} | ${commands.join(', ') || 'nothing'} | ${bytes} | ${value} |`
  }

  const fill = (session: Session<Data>): void => void (session.data['note'] = 'x'.repeat(189))
  await visit('', (session) => session.update(() => {}))
  await visit('', (session) => session.update(() => {})) // the scripts are on the server from here on
  await visit('', (session) => session.signIn('user-12345'))
  await visit('', (session) => session.end())
  cookie = undefined
  const rows = [
    await visit('a visitor without a session', (session) => session.userId),
    await visit('… who stores 200 bytes', fill),
    await visit('reads them', (session) => session.data['note']),
    await visit('changes them', (session) => void (session.data['note'] = 'y'.repeat(189))),
    await visit('`update`', (session) => session.update((data) => void (data['note'] = 'z'.repeat(189)))),
    await visit('signs in', (session) => session.signIn('user-12345', { keep: ['note'] })),
    await visit('`rotate`', (session) => session.rotate()),
  ]
  ahead = 5 * 60_000
  rows.push(await visit('reads, 5 minutes later'), await visit('signs out', (session) => session.end()))
  await sessions.close()
  client.destroy()
  return ['| request | commands | bytes sent | bytes stored |', '|---|---|---|---|', ...rows]
}

/** The store with a clock that stands still: how long marks stay must not depend on how fast this runs. */
function standingStill(store: SessionStore, ahead: () => number): SessionStore {
  const start = store.now()
  return { ...store, now: () => start + ahead() }
}

function describe([name = '', , ...rest]: string[]): string {
  const isOfUser = rest[1]?.includes(':@') === true
  if (name === 'EVALSHA' && isOfUser) return rest.length > 6 ? '`EVALSHA` (enter)' : '`EVALSHA` (drop)'
  if (name === 'EVALSHA') return rest.length > 4 ? '`EVALSHA` (replace)' : '`EVALSHA` (remove)'
  return name === 'SET' ? '`SET … NX PX`' : `\`${name}\``
}

/** Bytes of a command in the Redis protocol. */
function wireLength(command: string[]): number {
  const head = `*${command.length}\r\n`.length
  return command.reduce((sum, part) => {
    const bytes = Buffer.byteLength(part)
    return sum + `$${bytes}\r\n`.length + bytes + 2
  }, head)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log((await measure()).join('\n'))
