import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { AnnouncementWatch } from 'sessera'
import type { StoreHarness } from '../store-harness.js'
import type { WholeStore } from './answering.js'

/** Somebody who listens to announcements. */
export interface Ear {
  readonly watch: AnnouncementWatch
  readonly heard: readonly string[]
  /** How often it was told that it may have missed some. */
  interruptions(): number
}

/** Begins to listen. */
export function listen({ announcements }: WholeStore): Ear {
  const heard: string[] = []
  let count = 0
  const watch = announcements.watch({
    heard: (text) => void heard.push(text),
    interrupted: () => void (count += 1),
  })
  return { watch, heard, interruptions: () => count }
}

/** Waits for what comes soon if all is well: later on a busy machine, and if there is a connection to be made. */
export function patience({ realTime }: StoreHarness) {
  const limitMs = realTime ? 10_000 : 2_000

  async function eventually(what: string, isSo: () => boolean): Promise<void> {
    for (const start = performance.now(); !isSo(); await wait(2))
      assert.ok(performance.now() - start < limitMs, `it was not so within ${limitMs} ms: ${what}`)
  }

  return {
    eventually,

    /** Begins to listen, and waits until announcements are delivered. */
    async listening(view: WholeStore): Promise<Ear> {
      const ear = listen(view)
      await eventually('the watch delivers', () => ear.watch.delivers)
      return ear
    },

    /** Waits until all of them have heard a text. */
    async allHear(ears: readonly Ear[], text: string): Promise<void> {
      await eventually(`${JSON.stringify(text)} is heard`, () => ears.every(({ heard }) => heard.includes(text)))
    },
  }
}
