import type { HandlePage } from '../../store.js'

/** All pages of a list, each fetched when the one before has been handled. */
export async function* pagesOf(fetch: (after: string | undefined) => Promise<HandlePage>): AsyncGenerator<HandlePage> {
  let after: string | undefined
  do {
    const page = await fetch(after)
    yield page
    after = page.after
  } while (after !== undefined)
}
