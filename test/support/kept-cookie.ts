/** What a browser keeps of a `Set-Cookie` header, as it sends it back; `undefined` where the header ends the cookie. */
export function keptCookie(setCookie: string): string | undefined {
  const isOver = /;\s*(?:Max-Age=0|Expires=Thu, 01 Jan 1970 00:00:00 GMT)(?:;|$)/i.test(setCookie)
  return isOver ? undefined : setCookie.split(';', 1)[0]
}
