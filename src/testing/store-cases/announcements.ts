import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { listen, patience } from './ears.js'
import { oddTexts } from './odd-texts.js'
import { race, storeCase } from './stage.js'

export function announcementCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'announcements', 'announcements')
  return [
    that('announce() resolves, whether or not somebody watches', async ({ store, second }) => {
      await store.announcements.announce('to nobody')
      const { watch } = listen(second)
      await store.announcements.announce('perhaps to somebody')
      await watch.close()
      await store.announcements.announce('to nobody again')
    }),

    that('watch() begins at once, and its close() resolves, also when called again', async ({ store }) => {
      const watches = [listen(store).watch, listen(store).watch]
      for (const watch of watches) {
        const delivers: unknown = watch.delivers
        assert.equal(typeof delivers, 'boolean', 'delivers')
      }
      for (const watch of [...watches, ...watches]) await watch.close()
    }),
  ]
}

/** A group of its own: a store that can announce but not listen does without. */
export function deliveryCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'delivery of announcements', 'announcements')
  const { allHear, eventually, listening } = patience(harness)
  return [
    that('what one process announces, all hear that watch, itself too: once, and unchanged', async (stage) => {
      const { store, second } = stage
      const ears = await Promise.all([store, store, second, second].map(listening))
      const texts = ['1', '{}', ...Object.values(oddTexts), 'x'.repeat(1_024)]
      await race(stage, texts.length, ({ announcements }, index) => announcements.announce(texts[index]!))
      for (const text of texts) await allHear(ears, text)
      // What is heard twice is heard again by then.
      await race(stage, 2, ({ announcements }, index) => announcements.announce(`end ${index}`))
      for (const end of ['end 0', 'end 1']) await allHear(ears, end)
      for (const { heard } of ears) assert.deepEqual(heard.toSorted(), [...texts, 'end 0', 'end 1'].toSorted())
    }),

    that('who has closed its watch hears nothing any more; the others do', async ({ store, second }) => {
      const [closed, ...others] = await Promise.all([listening(store), listening(store), listening(second)])
      await closed.watch.close()
      for (const [text, view] of [['one', store] as const, ['other', second] as const]) {
        await view.announcements.announce(text)
        await allHear(others, text)
      }
      assert.deepEqual(closed.heard, [])
    }),

    that('when all have closed their watches, one can begin again', async ({ store, second }) => {
      for (let round = 0; round < 3; round++) {
        const ear = await listening(store)
        await second.announcements.announce(`round ${round}`)
        await allHear([ear], `round ${round}`)
        await ear.watch.close()
      }
    }),

    that('a watch that does not deliver yet says so when it does', async ({ store }) => {
      const { watch, interruptions } = listen(store)
      if (watch.delivers) return
      await eventually('the watch delivers', () => watch.delivers)
      assert.ok(interruptions() > 0, 'it delivers, and interrupted() was not called')
    }),

    that(
      'the watch of a closed store hears, or says that it does not deliver; those of other processes go on',
      async ({ store, second }) => {
        const [own, other] = await Promise.all([listening(store), listening(second)])
        await store.close()
        await second.announcements.announce('text')
        await allHear([other], 'text')
        await eventually('it hears or does not deliver', () => !own.watch.delivers || own.heard.includes('text'))
      },
      'secondView',
    ),
  ]
}
