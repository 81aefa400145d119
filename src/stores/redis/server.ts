import { newVersion } from '../../store.js'
import { warnOfClient } from './advice.js'
import { sendThrough, type RedisClient, type Send } from './client.js'
import { warnOfEviction } from './eviction.js'
import { hasOneServer, reconnector } from './reconnect.js'
import { explainRefusals } from './refusals.js'
import { scriptRights } from './script-rights.js'
import { echoScript, runScript, runScriptAbout } from './scripts.js'

// A failover takes seconds, in which the replica can still be read.
const replicaPauseMs = 1000
// All that is under way on a connection may be told at once that its replies are wrong.
const slipPauseMs = 100

/** The server behind the application's client, as the stores talk to it. */
export interface Server {
  /** What the server refuses is explained. */
  readonly send: Send
  /** A reply was one to another call: ends the connection that leads to this key, with whatever is under way on it. */
  reconnect(key: string): void
  /** A reply may have been one to another call: finds out, and ends the connection then. */
  doubt(key: string): void
  /** Rejects where scripts do not run. To be waited for before anything is stored that only they can change. */
  needScripts(key: string): Promise<void>
}

/**
 * Warns of a client that can hang, and, after the first answer, of a server that evicts.
 *
 * @throws InvalidOptionError for what is no client, or one that cannot be used.
 */
export function serverOf(client: RedisClient, options: Parameters<typeof sendThrough>[1] = {}): Server {
  const sendPlainly = sendThrough(client, options)
  const leaveReplica = hasOneServer(client) ? reconnector(client, sendPlainly, replicaPauseMs) : () => {}
  const sendExplained = explainRefusals(sendPlainly, { leaveReplica, doubt })
  warnOfClient(client)
  let [hasAnswered, isDoubting] = [false, false]

  function lookOnce(key: string): void {
    if (!hasAnswered) void warnOfEviction(sendPlainly, key)
    hasAnswered = true
  }

  // Two: where one reply has got lost, the answer to the second comes to the first.
  function doubt(key: string): void {
    if (isDoubting) return
    isDoubting = true
    void Promise.allSettled([echo(key), echo(key)]).then(() => {
      isDoubting = false
    })
  }

  async function echo(key: string): Promise<void> {
    const about = newVersion()
    await runScriptAbout(about, server, echoScript, key, [about])
  }

  const server: Server = {
    send(key, command) {
      const answer = sendExplained(key, command)
      if (!hasAnswered) answer.then(() => lookOnce(key), ignore)
      return answer
    },
    reconnect: reconnector(client, sendPlainly, slipPauseMs),
    doubt,
    needScripts: scriptRights((key) => runScript(sendExplained, echoScript, key, [''])),
  }
  return server
}

function ignore(): void {}
