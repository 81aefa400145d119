import type { HeadSession } from '../fetch/fetch-session.js'
import { nextCookies } from './framework.js'
import { setCookies } from './request-cookies.js'

/** Commits the session of a Server Function, to whose response only cookies can be added. Next never lets caches keep it. */
export async function commitWithCookies(opened: HeadSession<object>, status: number): Promise<void> {
  const texts: string[] = []
  const setHeader = (name: string, values: number | string | readonly string[]): void => {
    if (name === 'Set-Cookie') texts.push(...[values].flat().map(String))
  }
  await opened.commitHead(status, { setHeader }, true)
  if (texts.length > 0) setCookies(await nextCookies(), texts)
}
