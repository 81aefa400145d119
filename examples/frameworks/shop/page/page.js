import { connect } from './calls.js'
import { element, showAnswer, showCart, showListening, showSessions, showUser } from './show.js'

const reconnectMs = 1_000

/** What the visitor is told of a response that is an error. */
const problems = {
  401: 'You are not signed in any more.',
  409: 'You were signed out meanwhile; sign in again.',
  503: 'The sessions are out of reach; try again in a moment.',
}

const calls = connect(fetchAndShow)

/** Sends a request, and shows which backend answered. Rejects with the error message. */
async function fetchAndShow(input, init) {
  const response = await fetch(input, { ...init, cache: 'no-store' }).catch(() => {
    throw new Error('The example does not answer. Does it still run?')
  })
  showAnswer(response.headers.get('x-backend'), init.method !== 'GET')
  if (!response.ok) throw new Error(problems[response.status] ?? 'That did not work.')
  return response
}

/** Loads the session from one backend, and the list of the user's sessions from the other one. */
async function refresh() {
  const { user, cart } = await calls.session()
  showSessions(user === null ? [] : await calls.sessions())
  showUser(user)
  showCart(cart)
  if (user !== null) listen()
}

/** The WebSocket of a signed-in user. It closes when the session ends or gets a new secret, on whichever backend. */
let socket
let opened = 0
/** Whether the visitor signs out on this page. */
let leaving = false

function listen() {
  if (socket !== undefined) return
  socket = new WebSocket(new URL('/live', location.href.replace(/^http/, 'ws')))
  socket.addEventListener('open', () => showListening(++opened))
  socket.addEventListener('close', ({ code, reason }) => {
    socket = undefined
    showListening(0)
    void hearEnd(code, reason)
  })
}

const policyViolation = 1008 // the code for a session that is no longer the one that opened the socket

async function hearEnd(code, reason) {
  if (code !== policyViolation) await new Promise((resolve) => setTimeout(resolve, reconnectMs)) // a backend is restarting
  await inTurn(async () => {
    if (leaving) return
    await refresh()
    if (code === policyViolation && reason !== 'rotated') tell('You were signed out from another browser.')
  })
}

let last = Promise.resolve()

/** Carries out one thing after the other, so that each sees what the one before has changed. Shows what goes wrong. */
function inTurn(action) {
  last = last.then(action).catch(({ message }) => {
    element('problem').textContent = message
  })
  return last
}

/** Carries out what the visitor wants, then shows the session and what `action` resolves to. An error stays visible until the next time. */
function attempt(action) {
  return inTurn(async () => {
    tell('')
    element('problem').textContent = ''
    try {
      tell(await action())
    } finally {
      await refresh()
    }
  })
}

function onSubmit(form, field, action) {
  element(form).addEventListener('submit', (event) => {
    event.preventDefault()
    void attempt(async () => {
      const news = await action(element(field).value.trim())
      element(field).value = ''
      return news
    })
  })
}

const onClick = (button, action) => element(button).addEventListener('click', () => void attempt(action))

const count = (ended) => (ended === 1 ? 'one session was' : `${ended} sessions were`)
const tell = (text) => (element('news').textContent = text)

onSubmit('sign-in', 'name', async (name) => {
  leaving = false
  await calls.signIn(name)
  return `Hello, ${name}.`
})
onSubmit('add', 'item', async (item) => {
  await calls.addToCart(item)
  return `In the cart: ${item}.`
})
onClick('sign-out', async () => {
  leaving = true
  await calls.signOut()
  return 'You are signed out.'
})
onClick('end-others', async () => {
  const { ended } = await calls.signOutElsewhere()
  return `Everywhere else: ${count(ended)} ended.`
})
onClick('end-all', async () => {
  leaving = true
  const { ended } = await calls.signOutEverywhere()
  return `Everywhere: ${count(ended)} ended.`
})

// Another browser may have signed in meanwhile.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void inTurn(refresh)
})
await inTurn(refresh)
