import { type Handle, type HandlePage, isHandle } from '../../store.js'
import type { LmdbDatabase } from './database.js'
import { cursorAfter, pageSize, readCursor } from './pages.js'

/** Walks over all sessions in the order of their handles. One that has expired is on its page until it is swept: no record is read. */
export function listSessions(
  records: LmdbDatabase['records'],
  read: <Result>(step: () => Result) => Promise<Result>,
): (after?: string) => Promise<HandlePage> {
  return async (after) => {
    const start = readCursor(after)
    const range = start === undefined ? {} : { start, exclusiveStart: true }
    const handles: Handle[] = await read(() => Array.from(records.getKeys({ ...range, limit: pageSize })))
    return { handles: handles.filter(isHandle), after: cursorAfter(handles) }
  }
}
