/** What a session holds: the kinds of values that a shop keeps, filled up to the size in JSON. */
export function dataOf(size, name) {
  const data = { name, count: 0, csrf: 'mRkZ2VZLXJlc3VzQtc3RvcCI', locale: 'en-GB', cart: [], note: '' }
  // A count of several digits must not make it larger than Sessera allows by default, 64 KiB.
  const roomLeft = () => size - 8 - JSON.stringify(data).length
  const article = (index) => ({ article: `A-${10_000 + index}`, title: 'Notebook, dotted, blue', count: 1 })
  const each = JSON.stringify(article(0)).length + 1
  const articles = Math.floor(roomLeft() / each)
  for (let index = 0; index < articles; index++) data.cart.push(article(index))
  data.note = 'x'.repeat(roomLeft())
  return data
}

/** What is answered to visitors without a session. */
export const nobody = 'nobody'

const answerNobody = () => nobody

/** The routes of a framework alone: as many as a library's, so that finding one costs the same. */
export const bareRoutes = {
  start: answerNobody,
  read: answerNobody,
  who: answerNobody,
  write: answerNobody,
  update: answerNobody,
}
