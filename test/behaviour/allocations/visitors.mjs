// What visitors send, and what their sessions contain.

/** 200 bytes of JSON: `{"note":"…"}`. */
export const note = (letter) => letter.repeat(189)

export const fill = (session) => void (session.data.note = note('x'))
export const write = (session) => void (session.data.note = note('y'))
export const signIn = (session) => {
  fill(session)
  session.signIn('user-12345', { keep: ['note'] })
}

export const malformedCookie = 'session=abc'
export const unknownCookie = `session=${'A'.repeat(22)}.${'A'.repeat(32)}`

/** The cookies of as many new sessions. */
export async function newCookies(sessions, count, start) {
  const cookies = []
  for (let each = 0; each < count; each++) {
    const { session, commit } = await sessions.open(undefined)
    start(session)
    const { setCookies } = await commit()
    cookies.push(setCookies[0].split(';', 1)[0])
  }
  return cookies
}
