import type { HeadSession } from '../fetch/fetch-session.js'
import { statusOf } from '../response/error-status.js'
import type { KitEvent } from './event.js'

/**
 * Commits a session where a later hook `handle` threw what `redirect()` or `error()` makes, or an error. SvelteKit makes the response, of which
 * only cookies can be set.
 */
export async function commitThrown(opened: HeadSession<object>, { cookies }: KitEvent, thrown: unknown): Promise<void> {
  const setHeader = (name: string, texts: number | string | readonly string[]): void => {
    if (name === 'Set-Cookie') for (const text of [texts].flat()) setCookie(cookies, String(text))
  }
  await opened.commitHead(redirectStatusOf(thrown) ?? statusOf(thrown), { setHeader }, true)
}

function redirectStatusOf(thrown: unknown): number | undefined {
  const { status, location } = Object(thrown) as { readonly status?: unknown; readonly location?: unknown }
  const isRedirect = typeof location === 'string' && Number(status) >= 300 && Number(status) < 400
  return isRedirect ? Number(status) : undefined
}

// The value is encoded already.
const unchanged = { encode: (value: string): string => value }

function setCookie(cookies: KitEvent['cookies'], text: string): void {
  const { name, value = '', ...attributes } = cookies.parse(text)
  const given = { httpOnly: false, secure: false, ...attributes, ...unchanged }
  cookies.set(name, value, given)
}
