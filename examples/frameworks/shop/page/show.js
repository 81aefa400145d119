// What the page shows.

const shownAnswers = 24
const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

/** A circle for a response, the latest first. */
export function showAnswer(backend, isWrite) {
  if (backend === null) return
  const item = Object.assign(document.createElement('li'), { textContent: backend })
  item.dataset.backend = backend
  item.classList.toggle('write', isWrite)
  const list = element('answers')
  list.prepend(item)
  list.children[shownAnswers]?.remove()
}

/** Whether the page has a WebSocket: `count` is how many it has opened so far, or 0. */
export function showListening(count) {
  element('live').hidden = count === 0
  if (count > 0) element('live').dataset.opened = count
}

export function showUser(user) {
  element('user').textContent = user ?? ''
  element('signed-in').hidden = user === null
  element('sign-in').hidden = user !== null
}

export function showCart(cart) {
  element('cart').replaceChildren(...cart.map((item) => withText('li', item)))
  element('cart').hidden = cart.length === 0
  element('cart-empty').hidden = cart.length > 0
}

export function showSessions(sessions) {
  element('sessions').hidden = sessions.length === 0
  element('session-list').replaceChildren(...sessions.map(sessionItem))
}

function sessionItem({ label, signedInAt, current }) {
  const item = document.createElement('li')
  const since = `${current ? 'this browser, ' : ''}since ${time.format(signedInAt)}`
  item.append(withText('strong', label ?? 'an unknown browser'), withText('span', since))
  return item
}

export const element = (id) => document.getElementById(id)
const withText = (name, textContent) => Object.assign(document.createElement(name), { textContent })
