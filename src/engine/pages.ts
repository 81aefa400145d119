/** A part of a list. */
interface Page {
  /** Pass it to the next call; `undefined` on the last page. */
  readonly after: string | undefined
}

/** All pages of a list, each fetched when the one before has been handled. */
export async function* pagesOf<Kind extends Page>(
  fetch: (after: string | undefined) => Promise<Kind>,
): AsyncGenerator<Kind> {
  let after: string | undefined
  do {
    const page = await fetch(after)
    yield page
    after = page.after
  } while (after !== undefined)
}
