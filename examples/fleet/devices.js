// Where the user is signed in, and how earlier sessions ended.

const reasons = {
  'signed-out': 'signed out there',
  user: 'signed out from another session',
  administration: 'ended by the administration',
  limit: 'made room for a newer one',
  replaced: 'replaced by another sign-in',
  'secret-reused': 'an old cookie came back',
  expired: 'expired',
}

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

/**
 * Shows the lists in the page.
 *
 * @param {{ sessions: any[], journal: any[] }} answer
 * @param {(handle: string) => void} end Called when a session is to be signed out.
 */
export function showDevices({ sessions, journal }, end) {
  element('devices').hidden = sessions.length === 0
  element('end-others').disabled = sessions.length < 2
  element('device-list').replaceChildren(...sessions.map((session) => deviceItem(session, end)))
  element('journal').replaceChildren(...journal.slice(0, 5).map(journalItem))
  element('journal-title').hidden = journal.length === 0
  element('journal-empty').hidden = journal.length > 0
}

function deviceItem({ handle, label, signedInAt, current }, end) {
  const item = document.getElementById('device').content.firstElementChild.cloneNode(true)
  const name = label ?? 'an unknown browser'
  item.dataset.handle = handle
  item.querySelector('strong').textContent = name
  item.querySelector('span').textContent = `${current ? 'this browser, ' : ''}since ${time.format(signedInAt)}`
  const button = item.querySelector('button')
  button.setAttribute('aria-label', `Sign out ${name}, since ${time.format(signedInAt)}`)
  button.hidden = current
  button.addEventListener('click', () => end(handle))
  return item
}

function journalItem({ label, at, reason }) {
  const item = document.createElement('li')
  item.textContent = `${time.format(at)}: ${label ?? 'an unknown browser'}, ${reasons[reason] ?? reason}`
  return item
}

const element = (id) => document.getElementById(id)
