import { createServer } from 'node:http'
import { createSessions } from 'sessera'
import { createApp } from './app.js'
import { openStore } from './open-store.js'
import { reportFailure, runBackend } from './run-backend.js'

/** One backend, a process of its own: `backend.js <number> <size of the fleet>`, forked by fleet.ts. */
async function serve(number: number, fleetSize: number): Promise<void> {
  const { store, closeStore } = await openStore()
  const sessions = createSessions({
    store,
    cookie: { secure: false }, // plain HTTP on this machine; an application behind HTTPS leaves this out
    journal: '1d',
    deadline: '5s', // 60 visits at once queue up, perhaps on a busy computer
  })

  // More than the load balancer accepts plus the headers that it adds.
  const server = createServer({ maxHeaderSize: 32 * 1024 }, createApp(sessions, { number, fleetSize }))
  server.listen(0, '127.0.0.1')
  await runBackend(server, { sessions, closeStore })
}

serve(Number(process.argv[2]), Number(process.argv[3])).catch(reportFailure)
