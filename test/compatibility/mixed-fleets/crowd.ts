import { setTimeout as pause } from 'node:timers/promises'
import { createProgress } from '../../support/balancer/progress.js'
import type { Street } from '../../support/balancer/visitor.js'
import type { Findings } from './findings.js'
import { createMember, type Member } from './member.js'
import type { Part } from './releases.js'

/** Members who are busy all the time, three in each part: one who changes things, one who reads, and one who comes and goes. */
export interface Crowd {
  /** Those who stay signed in. */
  readonly staying: readonly Member[]
  /** Resolves when they have done that much more. */
  more(count: number): Promise<void>
  /** Signs all of them out. */
  finish(): Promise<void>
}

const changesOfGuest = 4

export async function startCrowd(streets: ReadonlyMap<Part, Street>, findings: Findings): Promise<Crowd> {
  const progress = createProgress()
  const createAll = (who: string): readonly Member[] =>
    [...streets].map(([part, street]) => createMember(street, part, `${who} of ${part}`, findings))
  const [writers, readers, guests] = [createAll('writer'), createAll('reader'), createAll('guest')]
  const staying = [...writers, ...readers]
  let running = true

  async function next(): Promise<void> {
    progress.add()
    await pause(100) // a load, not a flood: the machine also has to start instances
  }

  async function stay(member: Member, act: () => Promise<void>): Promise<void> {
    for (; running; await next()) await act()
    await member.signOut()
  }

  async function comeAndGo(guest: Member): Promise<void> {
    while (running) {
      await guest.signIn()
      for (let count = 0; count < changesOfGuest; count++, await next()) await guest.change()
      await guest.signOut()
    }
  }

  for (const member of staying) {
    await member.signIn()
    await member.change()
  }
  const busy = [
    ...writers.map((writer) => stay(writer, writer.change)),
    ...readers.map((reader) => stay(reader, reader.look)),
    ...guests.map(comeAndGo),
  ]
  return {
    staying,
    more: progress.more,
    async finish() {
      running = false
      await Promise.all(busy)
    },
  }
}
