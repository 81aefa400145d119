/**
 * What ours do on purpose that the originals do not: once a session has been destroyed, the browser need not keep its cookie.
 * The difference that a step shows of it.
 */
export function clearsCookie(name = 'connect.sid', path = '/'): { readonly ours: readonly string[] } {
  return { ours: [`set-cookie: ${name}=; Path=${path}; Expires=<long ago>; HttpOnly`] }
}
