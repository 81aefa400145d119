/** How the page calls the application, with a `fetch` of its own: by the routes that most examples have. */
export function connect(fetch) {
  async function send(method, path, body) {
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(path, { method, ...(body && json) })
    return response.status === 204 ? undefined : response.json()
  }
  return {
    session: () => send('GET', '/api/session'),
    signIn: (name) => send('POST', '/api/session', { name }),
    signOut: () => send('DELETE', '/api/session'),
    addToCart: (item) => send('POST', '/api/cart', { item }),
    sessions: () => send('GET', '/api/sessions'),
    signOutElsewhere: () => send('DELETE', '/api/sessions/others'),
    signOutEverywhere: () => send('DELETE', '/api/sessions'),
  }
}
