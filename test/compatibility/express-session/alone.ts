// A process of its own, since what the environment says counts from the beginning: `alone.ts MODULE PROGRAM`.
import { createServer } from 'node:http'
import { loadOriginal, ours, type Module } from './modules.js'
import { recordingStore } from './recording-store.js'
import type { Request } from './site.js'
import { listen } from '../../support/listen.js'

const options = { secret: 'keyboard cat', resave: false, saveUninitialized: false }

const programs: Record<string, (session: Module) => unknown> = {
  /** Makes middlewares; what is wrong with them is told on stderr. */
  make(session) {
    session({})
    session({ ...options, cookie: {} })
    session({ ...options, store: recordingStore(session) })
  },

  /** Takes requests through a middleware, each announced on stderr by its path. */
  async narrate(session) {
    const store = recordingStore(session)
    const get = store.get.bind(store)
    const middleware = session({ ...options, store, genid: () => 'apple', unset: 'destroy', cookie: { path: '/-' } })
    const server = createServer((request, response) => {
      const given = request as Request
      const steps: Record<string, () => unknown> = {
        '/-read': () => {},
        '/-new': () => (given.session['value'] = Math.random()),
        '/-insecure': () => (Object.assign(given.session, { value: 1 }).cookie.secure = true),
        '/-save': () => new Promise((resolve) => void given.session.save(resolve)),
        '/-reload': () => new Promise((resolve) => void given.session.reload(resolve)),
        '/-destroy': () => new Promise((resolve) => void given.session.destroy(resolve)),
        '/-unset': () => Object.assign(given, { session: null }),
        '/-bogus': () => Object.assign(given, { sessionID: 42 }),
        '/-split': () => response.setHeader('Content-Length', 4) && (given.session['value'] = Math.random()),
      }
      middleware(request, response, (error?: unknown) => {
        const done = error === undefined ? steps[String(request.url)]?.() : undefined
        void Promise.resolve(done).then(() => response.end('body'))
      })
    })
    const { origin } = await listen(server)
    let cookie = ''
    const ask = async (path: string, headers = { cookie }) => {
      console.error(`# ${path.slice(1)}`)
      const response = await fetch(origin + path, { headers })
      await response.text()
      return response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    }
    const restore = (): unknown => store.records.set('apple', '{"cookie":{"path":"/"},"value":1}')
    cookie = await ask('/-new')
    for (const path of ['/-read', '/-save', '/-reload', '/-split', '/-bogus', '/-destroy', '/-unset', '/-missing']) {
      await ask(path)
      if (path !== '/-unset') restore()
    }
    store.get = (_id, callback) => callback(Object.assign(new Error('no connection'), { code: 'ECONNREFUSED' }))
    await ask('/-failing')
    store.get = get
    await ask('/-insecure', { cookie: '' })
    await ask('/-unsigned', { cookie: 'connect.sid=apple' })
    await ask('/-forged', { cookie: 'connect.sid=s%3Aapple.forged' })
    await ask('/elsewhere')
    store.emit('disconnect')
    await ask('/-disconnected')
    server.closeAllConnections()
    server.close()
  },
}

const [name, program] = process.argv.slice(2)
const session = name === 'ours' ? ours : await loadOriginal()
if (typeof session === 'string') throw new Error(session)
await programs[program ?? '']?.(session)
