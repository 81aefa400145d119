// Session data of an exact size: a basket, what the visitor looked at, and a few settings.

const words =
  'green tea pot cup small large blue wool scarf oak table lamp paper pen soap bread honey book red garden chair winter'
const list = words.split(' ')

const different = 64
const made = new Map()

/** An object whose JSON takes exactly `bytes`, at least 64: one of a few dozen, the same for the same `number`. */
export function dataOf(bytes, number) {
  const key = `${bytes} ${number % different}`
  const known = made.get(key) ?? make(bytes, number % different)
  made.set(key, known)
  return known
}

function make(bytes, seed) {
  const next = randomFrom(seed)
  const data = { theme: 'dark', visits: next(900) + 100, basket: [] }
  let rest = bytes - JSON.stringify(data).length - ',"token":""'.length
  while (rest > 150) {
    const article = articleOf(next)
    rest -= JSON.stringify(article).length + (data.basket.length > 0 ? 1 : 0)
    data.basket.push(article)
  }
  // What is left is as random as a token.
  return { ...data, token: Array.from({ length: rest }, () => next(36).toString(36)).join('') }
}

function articleOf(next) {
  const name = [next, next, next].map((pick) => list[pick(list.length)]).join(' ')
  const added = new Date(1_790_000_000_000 + next(1e9)).toISOString()
  return { id: next(1e6), name, price: next(10_000) / 100, amount: next(5) + 1, added }
}

/** Whole numbers below a limit, by a linear congruential generator. */
function randomFrom(seed) {
  let state = (seed * 2_654_435_761) % 2 ** 32
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}
