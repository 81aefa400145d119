import assert from 'node:assert/strict'
import { newHandle } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { append, assertJournal } from './journal-stage.js'
import { oddTexts } from './odd-texts.js'
import { long, longest, race, storeCase } from './stage.js'
import { allPages, idsOfAnyCharacters, newUser } from './user-stage.js'

export function journalCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'journal', 'journal')
  return [
    that("an entry is read by every process at once, in its user's journal only", async ({ store, second }) => {
      const [user, other] = [newUser(), newUser()]
      await assertJournal(second, user, [])
      await append(store, user, 'entry')
      for (const view of [store, second]) {
        await assertJournal(view, user, ['entry'])
        await assertJournal(view, other, [])
      }
    }),

    that('entries come back unchanged, whatever their characters', async ({ store, second }) => {
      const user = newUser()
      for (const text of ['', ' ', '1', '{}', ...Object.values(oddTexts), 'x'.repeat(4_096)]) {
        await append(store, user, text)
        const [found] = await second.journal.read(user)
        assert.ok(found === text, `${JSON.stringify(text.slice(0, 40))} was not read`)
      }
    }),

    that('the latest entry comes first, also among those of one moment', async ({ store, second }) => {
      const user = newUser()
      const texts = [5, 3, 8, 1, 9, 2, 7, 4, 6, 10].map((number) => `entry ${number}`)
      for (const [index, text] of texts.entries()) await append(index % 2 === 0 ? store : second, user, text)
      for (const view of [store, second]) await assertJournal(view, user, texts.toReversed())
    }),

    that('the latest entry comes first, also if it is kept for less time', async ({ store, second }) => {
      const user = newUser()
      await append(store, user, 'first', longest)
      await append(second, user, 'second', long)
      await append(store, user, 'third', 2 * long)
      await assertJournal(second, user, ['third', 'second', 'first'])
    }),

    that('an entry with the text of another is a second one', async ({ store, second }) => {
      const user = newUser()
      for (const view of [store, second, store]) await append(view, user, 'same')
      await assertJournal(second, user, ['same', 'same', 'same'])
    }),

    that('a user has no more entries than are to be kept: the latest', async ({ store, second }) => {
      const user = newUser()
      for (const number of [1, 2, 3, 4, 5])
        await append(number % 2 === 0 ? store : second, user, `${number}`, long * (7 - number), 3)
      for (const view of [store, second]) await assertJournal(view, user, ['5', '4', '3'])
      await append(store, user, '6', long, 2)
      await assertJournal(second, user, ['6', '5'])
      await append(second, user, '7', long, 3)
      await assertJournal(store, user, ['7', '6', '5'])
    }),

    that("one user's entries take no place of another's", async ({ store, second }) => {
      const users = [newUser(), newUser(), newUser()]
      for (const user of users) await append(store, user, user, long, 1)
      for (const user of users) await assertJournal(second, user, [user])
    }),

    that('in journals, too, user ids are text of any characters, and no two the same', async ({ store, second }) => {
      // Each run has entries of its own: other cases may use the same names of inherited properties.
      const users = idsOfAnyCharacters()
      const texts = users.map(() => newHandle() as string)
      await Promise.all(users.map((user, index) => append(store, user, texts[index]!)))
      for (const [index, user] of users.entries()) {
        const ours = (await second.journal.read(user)).filter((text) => texts.includes(text))
        assert.deepEqual(ours, [texts[index]], `the journal of ${JSON.stringify(user)}`)
      }
    }),

    that('of parallel additions none is lost, and the bound is kept', async (stage) => {
      const [whole, bounded] = [newUser(), newUser()]
      await race(stage, 20, async (view, index) => {
        await Promise.all([append(view, whole, `${index}`), append(view, bounded, `${index}`, long, 5)])
      })
      const found = await stage.second.journal.read(whole)
      assert.deepEqual(
        found.map(Number).toSorted((a, b) => a - b),
        Array.from({ length: 20 }, (_, index) => index),
      )
      const latest = await stage.store.journal.read(bounded)
      assert.equal(new Set(latest).size, 5, `${latest.length} entries were kept: ${latest.join(' ')}`)
      assert.equal(latest.length, 5)
    }),

    that('clear removes the entries of all processes, of this user only', async ({ store, second }) => {
      const [user, other] = [newUser(), newUser()]
      for (const view of [store, second]) await append(view, user, 'gone')
      await append(store, other, 'stays')
      await second.journal.clear(user)
      for (const view of [store, second]) {
        await assertJournal(view, user, [])
        await assertJournal(view, other, ['stays'])
      }
    }),

    that('an empty journal can be cleared, and a cleared one is used again', async ({ store, second }) => {
      const user = newUser()
      await store.journal.clear(user)
      await append(second, user, 'old')
      await store.journal.clear(user)
      await store.journal.clear(user)
      await append(store, user, 'new')
      await assertJournal(second, user, ['new'])
    }),

    that(
      'list shows no journals',
      async ({ store }) => {
        const [user, entry] = [newHandle(), newHandle()]
        await append(store, user, entry)
        const found = await allPages(store.list)
        assert.ok(!found.has(user) && !found.has(entry), 'a user or an entry of a journal is listed')
      },
      'list',
    ),

    that('the journal of a closed store is read, or rejects', async ({ store }) => {
      const user = newUser()
      await append(store, user, 'entry')
      await store.close()
      assert.deepEqual(await store.journal.read(user).catch(() => ['entry']), ['entry'])
    }),

    that(
      'closing a store leaves its journals to other processes',
      async ({ store, second }) => {
        const user = newUser()
        await append(store, user, 'entry')
        await store.close()
        await assertJournal(second, user, ['entry'])
      },
      'secondView',
    ),
  ]
}
