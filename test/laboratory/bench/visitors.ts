import type { Case } from './cases.js'
import { openConnection, requestFor, type Connection } from './connection.js'
import type { Contestant } from './contestants.js'
import { forgeCookie } from './forge-cookie.js'

/** Somebody with a session, and the request that they send again and again. */
export interface Visitor {
  readonly request: string
  readonly name: string
  /** How often they have written. */
  count: number
}

const connectionsAtOnce = 8

/** Makes sessions over HTTP, as signing in does. A framework alone gets visitors with a cookie that says nothing. */
export async function makeVisitors(
  port: number,
  contestant: Contestant,
  wanted: Case,
  count: number,
): Promise<readonly Visitor[]> {
  const visitors: Visitor[] = []
  const makeSome = async (from: number): Promise<void> => {
    const connection = await openConnection(port)
    for (let index = from; index < count; index += connectionsAtOnce) {
      const name = `visitor-${String(index).padStart(6, '0')}`
      const own = contestant.bare === undefined ? unknownCookie : await signIn(connection, wanted.size, name)
      visitors[index] = { name, count: 0, request: requestFor(wanted.path, cookieFor(wanted, own, index)) }
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: connectionsAtOnce }, (_, index) => makeSome(index)))
  return visitors
}

const unknownCookie = 'visitor=5rLuRm0bbcTHVSZFUmHVSw.BcgIxDpNSu2jHTs8Q2ZsHNqcKQxGwEMe'

function signIn(connection: Connection, size: number, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    connection.send(requestFor(`/start/${size}/${name}`, ''), (status, body, head) => {
      const cookies = [...head.matchAll(/^set-cookie: ([^;\r]*)/gim)].map(([, cookie]) => cookie)
      if (status === 200 && body === name && cookies.length > 0) return resolve(cookies.join('; '))
      reject(new Error(`signing in was answered with ${status} ${body}, and ${cookies.length} cookies`))
    })
  })
}

function cookieFor({ cookie }: Case, own: string, index: number): string {
  if (cookie === 'none') return ''
  if (cookie === 'malformed') return own.replaceAll(/=[^;]*/g, '=not-a-session')
  return cookie === 'forged' ? forgeCookie(own, index + 1) : own
}
