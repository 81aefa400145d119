// One backend with ws and Socket.IO, a process of its own, forked by ../balancer/backends.ts: `backend.ts <name> <port> <Redis> [counts]`.
import { createClient } from 'redis'
import { createSessions, type Session, type Sessions } from 'sessera'
import { httpSessions } from 'sessera/http'
import { redisStore } from 'sessera/redis'
import { socketIoSessions, socketSession } from 'sessera/socket.io'
import { webSocketSessions, type SocketSession, type SocketSessionsOptions } from 'sessera/ws'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { serve, type Place } from '../balancer/serve.js'
import { figuresOf } from './figures.js'
import { SocketIo, WebSocket, type ServerSocket } from './libraries.js'

interface Data {
  bought: string[]
}

const [name = '', port, url = '', counts] = process.argv.slice(2)
const figures = figuresOf(counts === 'counts')
const client = createClient({ url })
client.on('error', () => {}) // it connects again by itself
await client.connect()
// The deadline is for a machine that is busy with other things.
const sessions: Sessions<Data> = createSessions<Data>({ store: redisStore({ client }), deadline: '10s' })
const isSecure = (request: IncomingMessage): boolean => request.headers['x-forwarded-proto'] === 'https'
const options: SocketSessionsOptions<Data> = { isSecure, authorize: ({ userId }) => userId !== undefined }
const sockets = new WebSocket.WebSocketServer({ noServer: true })
const socketIo = new SocketIo()

/** What `read` and `buy` are answered with: who is signed in, on which backend, and what is stored now. */
async function answer(session: SocketSession<Data>, text: string): Promise<unknown> {
  if (text === 'buy') await session.update((data) => void (data.bought = [...(data.bought ?? []), 'tea']))
  return { backend: name, userId: session.userId, data: await session.read() }
}

function openSockets({ server }: Place): void {
  const upgrade = webSocketSessions(sessions, sockets, options)
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/socket') upgrade(request, socket, head)
    if (request.url === '/bare') sockets.handleUpgrade(request, socket, head, () => {})
  })
  sockets.on('connection', (socket: ServerSocket) => {
    const session = socketSession(sessions, socket)
    socket.on('message', (text) => {
      answer(session, String(text)).then(
        (found) => socket.send(JSON.stringify(found)),
        (error: { readonly code: string }) => socket.send(JSON.stringify({ code: error.code })),
      )
    })
  })

  socketIo.attach(server, { destroyUpgrade: false })
  socketIoSessions(sessions, socketIo, options)
  socketIo.on('connection', (socket) => {
    const session = socketSession(sessions, socket)
    for (const event of ['read', 'buy'])
      socket.on(event, (acknowledge) => {
        answer(session, event).then(acknowledge, ({ code }: { readonly code: string }) => acknowledge({ code }))
      })
  })
}

/** As in docs/sockets.md. */
function streamEvents({ handle }: Session<Data>, response: ServerResponse): void {
  const stop = sessions.onEnd(handle!, ({ reason }) => response.end(`event: ended\ndata: ${reason}\n\n`), {
    rotations: true,
  })
  response.on('close', stop)
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
  response.write('data: hello\n\n')
}

function createApplication(place: Place): RequestListener {
  openSockets(place)
  const withSession = httpSessions(
    sessions,
    (request, response, session) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
      if (pathname === '/sign-in') session.signIn(searchParams.get('user') ?? '')
      if (pathname === '/sign-out') session.end()
      if (pathname === '/events') return streamEvents(session, response)
      response.setHeader('x-backend', name).end(session.userId)
    },
    { isSecure },
  )
  return (request, response) => {
    if (request.url === '/healthz') return place.drain.health(request, response)
    if (request.url !== '/figures') return withSession(request, response)
    figures().then((found) => response.end(JSON.stringify(found)), response.destroy.bind(response))
  }
}

await serve(
  port,
  createApplication,
  async () => {
    await sessions.close()
    await client.close()
  },
  () => {
    for (const socket of sockets.clients) socket.close(1001, 'restart')
    socketIo.disconnectSockets(true)
  },
)
