import type { Case } from './cases.js'
import { openConnection, requestFor, type Connection } from './connection.js'
import type { Contestant } from './contestants.js'

/** Somebody with a session, and the request that they send again and again. */
export interface Visitor {
  readonly request: string
  readonly name: string
  count: number
}

/** Makes sessions over HTTP, as signing in does. A framework alone gets visitors with a cookie that says nothing. */
export async function makeVisitors(
  port: number,
  contestant: Contestant,
  wanted: Case,
  count: number,
): Promise<Visitor[]> {
  const connection = await openConnection(port)
  const visitors: Visitor[] = []
  for (let index = 0; index < count; index++) {
    const name = `visitor-${String(index).padStart(6, '0')}`
    const own = contestant.bare === undefined ? unknownCookie : await signIn(connection, wanted.size, name)
    visitors.push({ name, count: 0, request: requestFor(wanted.path, cookieFor(wanted, own, index)) })
  }
  connection.close()
  return visitors
}

const unknownCookie = 'visitor=5rLuRm0bbcTHVSZFUmHVSw.BcgIxDpNSu2jHTs8Q2ZsHNqcKQxGwEMe'

function signIn(connection: Connection, size: number, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    connection.send(requestFor(`/start/${size}/${name}`, ''), (status, body, head) => {
      if (status !== 200 || body !== name) return reject(new Error(`signing in failed: ${status} ${body}`))
      resolve(cookieIn(head))
    })
  })
}

function cookieIn(head: string): string {
  const cookies = [...head.matchAll(/^set-cookie: ([^;\r]*)/gim)].map(([, cookie]) => cookie)
  if (cookies.length === 0) throw new Error(`signing in sets no cookie: ${head}`)
  return cookies.join('; ')
}

function cookieFor({ cookie }: Case, own: string, index: number): string {
  if (cookie === 'none') return ''
  if (cookie === 'malformed') return own.replaceAll(/=[^;]*/g, '=not-a-session')
  return cookie === 'forged' ? own.replaceAll(/(?<==)[^;]*/g, (value) => forge(value, index + 1)) : own
}

/**
 * Other characters of the same kind in the middle of the value, so that it has the right form and nobody has ever been given it. The last
 * one of a part stays: in base64 not each one is possible there.
 */
function forge(value: string, by: number): string {
  const [from, until] = [Math.floor(value.length / 8), value.length - 4]
  const shift = (letter: string, first: string, size: number): string =>
    String.fromCharCode(
      first.charCodeAt(0) + ((letter.charCodeAt(0) - first.charCodeAt(0) + 1 + (by % (size - 1))) % size),
    )
  const middle = value.slice(from, until).replaceAll(/%..|[a-zA-Z\d](?!\.)/g, (part) => {
    if (part.length === 3) return part
    return part <= '9' ? shift(part, '0', 10) : shift(part, part < 'a' ? 'A' : 'a', 26)
  })
  return value.slice(0, from) + middle + value.slice(until)
}
