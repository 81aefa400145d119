import type { Server } from 'node:net'
import { onTestFinished } from 'vitest'
import { listen, type Listening } from './listen.js'

/** Lets a server listen on a free port of 127.0.0.1, and closes it when the test is over. */
export async function listenInTest(server: Server): Promise<Listening> {
  const listening = await listen(server)
  onTestFinished(() => void listening.close())
  return listening
}
