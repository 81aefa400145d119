import assert from 'node:assert/strict'
import { type AddResult, type Handle, type HandlePage, isHandle, newHandle, type UserEntry } from 'sessera'
import type { WholeStore } from './answering.js'
import { long } from './stage.js'

/** A user id that no other case uses. */
export function newUser(): string {
  return `user ${newHandle()}`
}

/** An entry of a session that is opened now. */
export function newEntry({ users }: WholeStore, entry: Partial<UserEntry> = {}): UserEntry {
  return { handle: newHandle(), openedAt: users.moment(), lifetimeMs: long, ...entry }
}

/** Enters a session, which must be added. Returns its handle. */
export async function entered(view: WholeStore, userId: string, entry: Partial<UserEntry> = {}): Promise<Handle> {
  const added = newEntry(view, entry)
  assertAdded(await view.users.add(userId, added))
  return added.handle
}

/** Checks that an entry was added and, if `others` is given, how many others there were said to be. */
export function assertAdded(result: AddResult, others?: number): void {
  assert.ok(result.status === 'added', `add returned "${result.status}"`)
  if (others !== undefined) assert.equal(result.others, others, 'the number of other entries')
}

/** The handles of a user's entries, each once. */
export function entriesOf({ users }: WholeStore, userId: string): Promise<Set<Handle>> {
  return allPages((after) => users.list(userId, after))
}

/** Checks that a user has these entries and no others. */
export async function assertEntries(view: WholeStore, userId: string, handles: readonly Handle[]): Promise<void> {
  assert.deepEqual([...(await entriesOf(view, userId))].toSorted(), handles.toSorted())
}

const mostPages = 100_000

/** Walks over all pages and returns the handles, each once. `between` is called after each page. */
export async function allPages(
  fetch: (after?: string) => Promise<HandlePage>,
  between: () => Promise<void> = async () => {},
): Promise<Set<Handle>> {
  const found = new Set<Handle>()
  let after: string | undefined
  for (let pages = 1; pages <= mostPages; pages++) {
    const page = await (after === undefined ? fetch() : fetch(after))
    for (const handle of page.handles) {
      assert.ok(isHandle(handle), `a page has ${JSON.stringify(handle)}, which is no handle`)
      found.add(handle)
    }
    after = page.after
    if (after === undefined) return found
    assert.equal(typeof after, 'string', 'the cursor')
    await between()
  }
  throw new assert.AssertionError({ message: `there are more than ${mostPages} pages` })
}

/** User ids, each of them like another one to some store. */
export function idsOfAnyCharacters(): string[] {
  const one = newUser()
  const alike = [
    '',
    ' ',
    '\0',
    '\n',
    '\r\nSET a b\r\n',
    '*',
    '?',
    '{}',
    '{a}',
    '{a}b',
    '%',
    '\'"',
    '\\',
    ':',
    '/..',
    '-',
    '1',
    '10',
    'a',
    'A',
  ]
  const strange = ['é', 'e\u0301', 'ß', 'ss', '\u{1f600}', '\ud83d', '\ud800', '\ud801', '\ufffd', '\ufeff']
  const lengths = [200, 510, 1_000, 1_023, 1_024].map((length) => 'x'.repeat(length))
  const ids = [...alike, ...strange, ...lengths].map((end) => one + end)
  return [...ids, ` ${one}`, one.toUpperCase(), '__proto__', 'constructor', newHandle()]
}
