import { isDeepStrictEqual } from 'node:util'
import type { Answer, Me, Street, Visitor } from '../../support/balancer/visitor.js'
import { type Findings, formOfCookie, sideOf } from './findings.js'
import type { Part, Side } from './releases.js'

/** Somebody who asks one thing after the other, knows what they wrote, and compares it with each answer. */
export interface Member {
  readonly part: Part
  readonly user: string
  /** As it is sent. */
  readonly cookie: string
  /** What they wrote. */
  readonly own: Readonly<Own>
  signIn(): Promise<void>
  /** Writes, and reads it. */
  change(): Promise<void>
  look(): Promise<void>
  /** Tries to go on afterwards, with the cookie that is over. */
  signOut(): Promise<void>
}

interface Own {
  readonly count?: number
  readonly note?: string
}

const notes = ['plain', 'Grüße, Ωμέγα, 日本', '"quoted" \\ {"cookie":null}', '']

export function createMember(street: Street, part: Part, user: string, findings: Findings): Member {
  const visitor = street.visitor()
  let own: Own = {}
  let writer: Side = 'old'

  async function ask(path: string, by: Visitor = visitor): Promise<Answer | undefined> {
    const method = path === '/me' ? 'get' : 'post'
    const answer = await by[method](path).catch((error: Error) => error)
    if (!(answer instanceof Error) && answer.status < 400) return answer
    const why = answer instanceof Error ? answer.message : `${answer.status} by ${answer.backend}`
    findings.failed.push(`${user} ${path}: ${why}`)
    return undefined
  }

  async function askAndNote(path: string): Promise<Answer | undefined> {
    const answer = await ask(path)
    if (answer === undefined) return undefined
    const what = `${part}${path.split('?', 1)[0]} ${sideOf(answer)}`
    const forms = findings.cookies.get(what) ?? new Set()
    findings.cookies.set(what, forms.add(formOfCookie(answer.headers['set-cookie']?.join(), part)))
    return answer
  }

  async function write(path: string): Promise<Answer | undefined> {
    const answer = await askAndNote(path)
    if (answer !== undefined) writer = sideOf(answer)
    return answer
  }

  function compare(answer: Answer | undefined): void {
    if (answer === undefined) return
    const { userId, data } = JSON.parse(answer.body) as Me
    const { cookie: _cookie, user: _user, ...values } = data
    const where = `on ${answer.backend}, of what ${writer} wrote`
    if (userId !== user) findings.signedOut.push(`${user}: was ${userId} ${where}`)
    else if (!isDeepStrictEqual(values, own))
      findings.misread.push(`${user}: ${JSON.stringify(values)}, not ${JSON.stringify(own)} ${where}`)
    const reading = `${writer} → ${sideOf(answer)}`
    findings.readings.set(reading, (findings.readings.get(reading) ?? 0) + 1)
  }

  return {
    part,
    user,
    get cookie() {
      return visitor.cookie
    },
    get own() {
      return own
    },
    async signIn() {
      own = {}
      await write(`/sign-in?user=${encodeURIComponent(user)}`)
    },
    async change() {
      const count = (own.count ?? 0) + 1
      own = { ...own, count }
      compare(await write('/count'))
      const note = notes[count % notes.length]!
      own = { ...own, note }
      await write(`/keep?key=note&value=${encodeURIComponent(note)}`)
      compare(await askAndNote('/me'))
    },
    look: async () => compare(await askAndNote('/me')),
    async signOut() {
      const over = visitor.copy()
      await askAndNote('/sign-out')
      for (let count = 0; count < 3; count++) {
        const answer = await ask('/me', over)
        if (answer === undefined) continue
        const { userId } = JSON.parse(answer.body) as Me
        if (userId !== null) findings.undone.push(`${user}: on ${answer.backend}`)
      }
    },
  }
}
