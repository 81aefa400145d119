// Only the application's bundler knows these modules, and chooses them by where they are used: pages have another `next/navigation` than the browser.
import type { RequestCookies } from './request-cookies.js'

interface HeadersModule {
  headers(): Promise<Headers>
  cookies(): Promise<RequestCookies>
}

interface NavigationModule {
  redirect(location: string): never
}

/** Next's `headers()`. */
export async function nextHeaders(): Promise<Headers> {
  return (await importHeaders()).headers()
}

/** Next's `cookies()`. */
export async function nextCookies(): Promise<RequestCookies> {
  return (await importHeaders()).cookies()
}

/** Next's `redirect()`. */
export async function nextRedirect(location: string): Promise<never> {
  // @ts-expect-error -- only applications install it
  const { redirect } = (await import('next/navigation')) as NavigationModule
  return redirect(location)
}

async function importHeaders(): Promise<HeadersModule> {
  // @ts-expect-error -- only applications install it
  return (await import('next/headers')) as HeadersModule
}
