import { dataOf, nobody } from './visitor-data.mjs'

/** How an application uses `request.session` of express-session, and of what imitates it. */
export const expressSessionRoutes = {
  start({ session }, size, name) {
    Object.assign(session, dataOf(size, name), { userId: name })
    return name
  },
  read: ({ session }) => session.name ?? nobody,
  who: ({ session }) => session.userId ?? nobody,
  write: ({ session }) => ++session.count,
  // The nearest to an update that there is. It is not atomic.
  async update(request) {
    await called((done) => request.session.reload(done))
    const count = ++request.session.count
    await called((done) => request.session.save(done))
    return count
  },
}

function called(call) {
  return new Promise((resolve, reject) => void call((error) => (error ? reject(error) : resolve())))
}
