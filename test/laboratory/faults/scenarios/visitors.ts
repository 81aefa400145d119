import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { OwnSession } from '../desk.js'
import { growthInWords, listenersGrew } from '../details.js'
import { outcomeOf } from '../history.js'
import { inTurns } from '../in-turns.js'
import { signedIn } from '../races.js'
import type { Scenario } from '../scenario.js'
import type { Stage } from '../stage.js'
import { ms } from '../table.js'
import { latencyOf } from '../timing.js'

// Visitors who keep a backend busy without doing anything.

const slowCount = 60
const bodyMs = 3000

/** The body of each addition comes byte by byte; every second visitor goes away before the end. */
export const slowBodies: Scenario = {
  name: 'FT-26',
  what: `${slowCount} requests whose body comes within ${bodyMs / 1000} s, byte by byte; every second one is broken off`,
  slowerByMs: bodyMs,
  async inflict({ desk }) {
    const sessions = await visitorsNamed('slow', slowCount, desk)
    const asked = await inTurns([...sessions.keys()], slowCount, (index) => {
      const patience = index % 2 === 0 ? { patienceMs: bodyMs / 2 } : {}
      return desk.request(sessions[index]!, 'add', { ...patience, body: { bytes: 30, everyMs: bodyMs / 30 } })
    })
    const read = await inTurns(sessions, 8, (session) => desk.request(session, 'read'))
    const isStored = asked.map(({ element }, index) => read[index]!.elements?.includes(element!) === true)
    const whole = asked.filter((operation) => outcomeOf(operation) === 'ok')
    const stored = asked.filter((_, index) => isStored[index])
    const half = asked.filter((operation, index) => outcomeOf(operation) !== 'ok' && isStored[index])
    const others = desk.history.filter(({ user }) => !user.startsWith('slow'))
    return {
      inWords: `${whole.length} whole, ${stored.length - half.length} of them stored; ${asked.length - whole.length} broken off, ${half.length} of them stored; p99 of all others ${ms(latencyOf(others).p99)}`,
      broken:
        half.length > 0 || stored.length < whole.length
          ? ['what was broken off is stored, or the other way round']
          : [],
    }
  },
  detail: growthInWords,
  alsoPromises: listenersGrew,
}

const connections = 5000
const perRound = 50
const roundMs = 100

/** Each connection asks once, for the session of some visitor, and stays open. */
export const crowd: Scenario = {
  name: 'FT-21',
  what: `${connections} connections from visitors, ${(perRound * 1000) / roundMs} a second, each with a request, and all of them stay open`,
  async inflict({ desk, backends, random }) {
    const sessions = await visitorsNamed('crowd', 40, desk)
    const sockets: Socket[] = []
    const answers: Promise<boolean>[] = []
    try {
      while (sockets.length < connections) {
        const next = pause(roundMs)
        for (let count = 0; count < perRound; count++) {
          const socket = connect(random.pick(backends).port, '127.0.0.1').on('error', () => {})
          sockets.push(socket)
          answers.push(isServed(socket, random.pick(sessions)))
        }
        await next
      }
      const served = (await Promise.all(answers)).filter(Boolean).length
      const inWords = `${served} of ${connections} served`
      return { inWords, broken: served < connections ? [inWords] : [] }
    } finally {
      for (const socket of sockets) socket.destroy()
    }
  },
  detail: growthInWords,
}

/** Asks who is signed in, and whether that is what is answered. */
async function isServed(socket: Socket, { cookie, user }: OwnSession): Promise<boolean> {
  socket.write(`GET /read HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nCookie: ${cookie}\r\n\r\n`)
  const [bytes] = (await once(socket, 'data', { signal: AbortSignal.timeout(10_000) }).catch(() => [''])) as [
    Buffer | string,
  ]
  return String(bytes).startsWith('HTTP/1.1 200') && String(bytes).includes(`"${user}"`)
}

function visitorsNamed(name: string, count: number, desk: Stage['desk']): Promise<readonly OwnSession[]> {
  return inTurns([...Array(count).keys()], 8, (number) => signedIn(desk, `${name}-${number}`))
}
