import { showDevices } from './devices.js'
import { createPicture } from './picture.js'

const backends = [1, 2, 3]
const beatMs = 2_000
const picture = createPicture(backends.length)
const lanes = backends.map(createLane)
const element = (id) => document.getElementById(id)

/** Sends a request, draws it, and shows which backends are up. Rejects with the error message. */
async function send(method, path, body) {
  let response
  try {
    response = await fetch(path, {
      method,
      cache: 'no-store',
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
  } catch {
    throw new Error('The demo does not answer. Does it still run?')
  }
  const backend = Number(response.headers.get('x-backend'))
  if (backend) picture.add(backend, method !== 'GET')
  showProcesses(JSON.parse(response.headers.get('x-fleet') ?? '[]'))
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}

let asked = 0
let shown = 0

/** Loads the session from the next backend and shows it. */
async function refresh() {
  const question = ++asked
  const me = await send('GET', '/api/me')
  if (question < shown) return me // a later request was faster
  shown = question
  showSession(me)
  showDevices(me.userId === null ? noDevices : await send('GET', '/api/sessions'), endDevice)
  return me
}

const noDevices = { sessions: [], journal: [] }

function endDevice(handle) {
  void attempt(() => send('POST', `/api/sessions/${handle}/end`))
}

/** The session that the page shows, its user, and the session that this page has signed out itself. */
let [handle, userId, left] = [null, null, null]

/** Hears at once when the session is ended elsewhere, in another browser or by another backend. */
async function listen() {
  for (;;) {
    if (handle !== null) await hearEnd(handle).catch(() => {}) // asked again, like all else
    await new Promise((resolve) => setTimeout(resolve, beatMs / 4))
  }
}

async function hearEnd(heard) {
  let reason = null
  while (reason === null) {
    const response = await fetch(`/api/ended?handle=${heard}`, { cache: 'no-store' })
    ;({ reason } = await response.json())
  }
  if (heard === left) return
  await refresh()
  // With a user, it was a sign-in: the visitor goes on in another session.
  if (userId === null) tell('You were signed out from another session.')
}

function showSession({ backend, visits, cart, ...session }) {
  ;({ handle, userId } = session)
  setText('user', userId ?? 'nobody', userId === null)
  setText('handle', handle ?? 'none yet', handle === null)
  setText('visits', String(visits ?? 0))
  setText('answered', `Backend ${backend}`)
  element('answered').dataset.backend = backend
  setText('signed-in-name', userId ?? '')
  element('signed-in').hidden = userId === null
  element('sign-in').hidden = userId !== null

  const items = cart ?? []
  const list = element('cart')
  if (items.length !== list.children.length || items.some((item, index) => list.children[index].textContent !== item)) {
    list.replaceChildren(...items.map((item) => Object.assign(document.createElement('li'), { textContent: item })))
  }
  list.hidden = items.length === 0
  element('cart-empty').hidden = items.length > 0
}

function createLane(number) {
  const lane = document.getElementById('lane').content.firstElementChild.cloneNode(true)
  lane.dataset.backend = number
  lane.querySelector('strong').textContent = `Backend ${number}`
  const button = lane.querySelector('button')
  button.textContent = 'Stop'
  button.setAttribute('aria-label', `Stop backend ${number} (kill -9)`)
  onClick(button, async () => {
    await send('POST', `/api/backends/${number}/stop`)
    tell(`Backend ${number} was stopped with kill -9; it is back in 5 seconds.`)
  })
  document.getElementById('lanes').append(lane)
  return { number, process: lane.querySelector('.process'), button, pid: undefined }
}

function showProcesses(pids) {
  picture.showProcesses(pids)
  for (const lane of lanes) {
    const pid = pids[lane.number - 1]
    if (pid === undefined || pid === lane.pid) continue
    lane.process.textContent = pid === null ? 'stopped' : `pid ${pid}`
    lane.button.disabled = pid === null
    if (pid !== null && lane.pid === null) tell(`Backend ${lane.number} is back, with pid ${pid}.`)
    lane.pid = pid
  }
}

/** Runs a button's action, then shows the session. An error stays visible until the next action. */
async function attempt(action) {
  tell('')
  showProblem('')
  try {
    await action()
    await refresh()
  } catch (error) {
    showProblem(error.message)
  }
}

function onClick(button, action) {
  button.addEventListener('click', () => void attempt(action))
}

function onSubmit(form, field, action) {
  element(form).addEventListener('submit', (event) => {
    event.preventDefault()
    const text = element(field).value
    void attempt(async () => {
      await action(text)
      element(field).value = ''
    })
  })
}

function showProblem(text) {
  setText('problem', text)
  if (text) tell('')
}

const tell = (text) => setText('news', text)

function setText(id, text, none = false) {
  const target = element(id)
  if (target.textContent !== text) target.textContent = text
  target.classList.toggle('none', none)
}

async function countOften() {
  const before = await send('POST', '/api/visits') // first alone, to create the session that the others share
  const answers = await Promise.all(Array.from({ length: 59 }, () => send('POST', '/api/visits')))
  const shares = backends.map((number) => [before, ...answers].filter(({ backend }) => backend === number).length)
  const { visits } = await refresh()
  const parts = shares.map((share, index) => `${share} by backend ${index + 1}`).join(', ')
  tell(`60 visits: ${parts}. The count went from ${before.visits - 1} to ${visits}.`)
}

onSubmit('sign-in', 'name', (user) => send('POST', '/api/login', { user }))
onSubmit('add', 'item', (item) => send('POST', '/api/cart', { item }))
onClick(element('sign-out'), () => {
  left = handle
  return send('POST', '/api/logout')
})
onClick(element('visit'), () => send('POST', '/api/visits'))
onClick(element('visit-often'), countOften)
onClick(element('end-others'), async () => {
  const { ended } = await send('POST', '/api/sessions/others/end')
  tell(ended === 1 ? 'One other session was signed out.' : `${ended} other sessions were signed out.`)
})

document.getElementById('lanes').append(picture.svg)
let unanswered = false
void listen()
for (;;) {
  if (!document.hidden) await beat()
  await new Promise((resolve) => setTimeout(resolve, beatMs))
}

async function beat() {
  try {
    await refresh()
    if (unanswered) showProblem('')
    unanswered = false
  } catch (error) {
    unanswered = true
    showProblem(error.message)
  }
}
