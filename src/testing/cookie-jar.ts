/** The cookies of one origin by name. It ignores `Path`, `Domain` and `Secure`. */
export type CookieJar = Map<string, string>

/** The jar as a `Cookie` header. */
export function cookieHeader(jar: CookieJar): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}

/** Stores what the `Set-Cookie` headers of a response say, and removes what they let expire. */
export function takeCookies(jar: CookieJar, setCookies: readonly string[]): void {
  for (const setCookie of setCookies) {
    const [pair = '', ...attributes] = setCookie.split(';').map((part) => part.trim())
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals)
    if (attributes.some(isExpired)) jar.delete(name)
    else jar.set(name, pair.slice(equals + 1))
  }
}

function isExpired(attribute: string): boolean {
  const [name = '', value = ''] = attribute.split('=')
  if (name.toLowerCase() === 'max-age') return Number(value) <= 0
  return name.toLowerCase() === 'expires' && Date.parse(value) <= Date.now()
}
