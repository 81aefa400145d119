import assert from 'node:assert/strict'
import type { WholeStore } from './answering.js'
import { long } from './stage.js'

/** Adds an entry that is kept, with others. */
export function append(
  { journal }: WholeStore,
  userId: string,
  text: string,
  keepMs = long,
  most = 100,
): Promise<void> {
  return journal.append(userId, text, keepMs, most)
}

/** Checks that a user has these entries, in this order, and no others. */
export async function assertJournal({ journal }: WholeStore, userId: string, texts: readonly string[]): Promise<void> {
  assert.deepEqual(await journal.read(userId), texts)
}
