import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { append, assertJournal } from './journal-stage.js'
import { long, longest, storeCase } from './stage.js'
import { newUser } from './user-stage.js'

export function journalExpiryCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'expiry of journals', 'journal')
  return [
    that('the only entry of a journal goes when its time is over', async ({ store, second, advance, short }) => {
      const user = newUser()
      await append(store, user, 'over', short)
      await advance(short * 1.2)
      for (const view of [store, second]) await assertJournal(view, user, [])
    }),

    that('an entry of a journal stays for its time', async ({ store, second, advance, short }) => {
      const user = newUser()
      await append(store, user, 'for a while', short * 20)
      await append(store, user, 'for long', longest)
      await advance(short)
      await assertJournal(second, user, ['for long', 'for a while'])
    }),

    that(
      'an entry of a journal is read until the last millisecond of its time, and no longer',
      async ({ store, second, advance }) => {
        const user = newUser()
        await append(store, user, 'entry', 1_500)
        await advance(1_499)
        await assertJournal(second, user, ['entry'])
        await advance(1)
        await assertJournal(second, user, [])
      },
      'exactClock',
    ),

    that('an entry that is kept for less time takes none with it', async ({ store, second, advance, short }) => {
      const user = newUser()
      await append(store, user, 'stays', long)
      await append(second, user, 'goes', short)
      await advance(short * 1.2)
      for (const view of [store, second]) await assertJournal(view, user, ['stays'])
    }),

    that('an entry that is kept for longer keeps no other', async ({ store, second, advance, short }) => {
      const user = newUser()
      await append(store, user, 'goes', short)
      await append(second, user, 'stays', long)
      await advance(short * 1.2)
      for (const view of [store, second]) await assertJournal(view, user, ['stays'])
    }),

    that('an entry whose time is over takes no place of another', async ({ store, second, advance, short }) => {
      const user = newUser()
      await append(store, user, 'before', long, 2)
      await append(second, user, 'goes', short, 2)
      await advance(short * 1.2)
      await append(store, user, 'after', long, 2)
      await assertJournal(second, user, ['after', 'before'])
    }),

    that('an entry whose time is not positive is not kept, and takes no place of another', async ({ store }) => {
      const user = newUser()
      await append(store, user, 'stays', long, 1)
      for (const keepMs of [0, -1, -long, Number.NaN]) {
        await append(store, user, `for ${keepMs} ms`, keepMs, 1)
        await assertJournal(store, user, ['stays'])
      }
    }),

    that('an entry can be kept for a time with a fraction of a millisecond', async ({ store, second }) => {
      const user = newUser()
      await append(store, user, 'one', long + 0.25)
      await append(second, user, 'other', long + 1 / 3)
      await assertJournal(store, user, ['other', 'one'])
    }),
  ]
}
