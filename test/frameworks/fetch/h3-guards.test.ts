import { h3Sessions, requireRecentSignIn, requireUser, returnPath } from 'sessera/h3'
import { describeGuards } from './guard-cases.js'
import { listenWithH3, silentH3 } from './h3-harness.js'

describeGuards('h3', {
  serve(sessions) {
    const app = silentH3()
    app.all('/unmounted', ({ url }) => url.pathname, { middleware: [requireUser()] })
    app.use('/**', h3Sessions(sessions), { match: ({ url }) => url.pathname !== '/unmounted' })
    app.all('/sign-in', ({ context, req }) => {
      context.session.signIn('ada')
      return new Response(null, { status: 303, headers: { Location: returnPath(req, '/home') } })
    })
    for (const path of ['/account', '/login']) app.use(path, requireUser({ redirectTo: '/login' }))
    for (const path of ['/account', '/login', '/plain', '/email']) app.all(path, ({ url }) => url.pathname)
    app.use('/plain', requireUser())
    app.use('/email', requireRecentSignIn('10m'))
    return listenWithH3(app)
  },
})
