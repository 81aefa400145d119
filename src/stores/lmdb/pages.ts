import { InvalidArgumentError } from '../../errors.js'
import { type Handle, isHandle } from '../../store.js'

/** The most handles on a page: reading them takes less than a millisecond. */
export const pageSize = 500

/** The handle after which a page begins. Throws if the cursor is not ours: that is the last handle of the page before. */
export function readCursor(after: string | undefined): Handle | undefined {
  if (after === undefined || isHandle(after)) return after
  throw new InvalidArgumentError('The cursor of the list is not from this store; begin without one.')
}

/** The cursor to what follows these handles, if there may be more. */
export function cursorAfter(handles: readonly Handle[]): string | undefined {
  return handles.length < pageSize ? undefined : handles.at(-1)
}
