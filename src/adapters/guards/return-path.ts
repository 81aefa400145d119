/** Longer ones would not fit into the headers that proxies allow, once they are encoded. */
const longestPath = 2_000

// A browser takes `//host` and `/\host` for another host, and drops tabs and line breaks before it looks.
const pathGrammar = /^\/(?![/\\])[^\\\p{Cc}]*$/u

/** The path, query and fragment as the browser asks for it; `undefined` for all that may lead to another origin. */
export function pathOf(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > longestPath || !pathGrammar.test(text)) return undefined
  const { pathname, search, hash } = new URL(text, 'http://localhost')
  // `/..//host` is one of them once its dots are resolved.
  return pathname.startsWith('//') ? undefined : pathname + search + hash
}

/**
 * Where to send the browser after it has signed in or re-authenticated: the value `return` of the query or of the parsed body, which the guards add to
 * `redirectTo`. Only a path of this origin is returned; everything else, such as `//evil.example`, gives `fallback`. (ASVS 3.7.2)
 *
 * @example
 * ```ts
 * res.redirect(303, returnPath(req, '/account'))
 * ```
 */
export function returnPath(request: object, fallback = '/'): string {
  const { query, body } = request as { readonly query?: unknown; readonly body?: unknown }
  return pathOf(returnIn(query)) ?? pathOf(returnIn(body)) ?? fallback
}

function returnIn(values: unknown): unknown {
  return (values as { readonly return?: unknown } | null | undefined)?.return
}
