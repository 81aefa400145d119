import { setTimeout as pause } from 'node:timers/promises'
import { createProgress } from './progress.js'
import type { Street, Visitor } from './visitor.js'

/** Signed-in visitors who buy one thing after the other. */
export interface Load {
  /** Resolves when that many more purchases were acknowledged. */
  more(count: number): Promise<void>
  /** Stops, and compares what was acknowledged with what is stored. */
  finish(): Promise<LoadReport>
}

export interface LoadReport {
  readonly acknowledged: number
  /** Requests that got an error, or no answer. They may be stored or not. */
  readonly failed: readonly string[]
  /** Acknowledged purchases that are not stored. */
  readonly lost: readonly string[]
  /** Purchases that are stored more than once. */
  readonly repeated: readonly string[]
  /** Visitors who were somebody else, or nobody, at any time. */
  readonly signedOut: readonly string[]
}

export async function startLoad(street: Street, size: number): Promise<Load> {
  const failed: string[] = []
  const signedOut: string[] = []
  const acknowledged = new Map<string, string[]>()
  const visitors = new Map<string, Visitor>()
  const progress = createProgress()
  let running = true

  async function buy(user: string, visitor: Visitor): Promise<void> {
    const own: string[] = []
    acknowledged.set(user, own)
    for (let count = 0; running; count++) {
      const item = `${user}-${count}`
      const answer = await visitor.post(`/buy?item=${item}`).catch((error: Error) => error.message)
      if (typeof answer === 'string') failed.push(answer)
      else if (answer.status === 204) {
        own.push(item)
        progress.add()
      } else if (answer.status === 401) signedOut.push(user)
      else failed.push(String(answer.status))
      await pause(50) // a load, not a flood: the machine also has to start backends
    }
  }

  for (let number = 0; number < size; number++) {
    const visitor = street.visitor()
    await visitor.post(`/sign-in?user=user-${number}`)
    visitors.set(`user-${number}`, visitor)
  }
  const buying = [...visitors].map(([user, visitor]) => buy(user, visitor))

  return {
    more: progress.more,
    async finish() {
      running = false
      await Promise.all(buying)
      const lost: string[] = []
      const repeated: string[] = []
      for (const [user, visitor] of visitors) {
        const { userId, data } = await visitor.me()
        if (userId !== user) signedOut.push(user)
        const stored = (data['bought'] ?? []) as string[]
        lost.push(...acknowledged.get(user)!.filter((item) => !stored.includes(item)))
        repeated.push(...stored.filter((item, index) => stored.indexOf(item) !== index))
      }
      return { acknowledged: progress.total, failed, lost, repeated, signedOut }
    },
  }
}
