import { describe, expect, it } from 'vitest'
import { hasPackages } from '../../support/packages.js'
import { compare } from './compare.js'
import { clearsCookie } from './improvements.js'
import { disconnected, openSocket } from './sockets.js'

describe.skipIf(!(await hasPackages('compatibility')))('Socket.IO with io.engine.use', { timeout: 60_000 }, () => {
  it.each(['websocket', 'polling'] as const)('shares sessions with the pages, by %s', async (transport) => {
    const differences = await compare('engine.cjs', async (visitor) => {
      const { origin } = visitor
      await expect(openSocket(origin, transport, '')).rejects.toThrow('Sign in first.')
      await visitor.note('is refused before the sign-in')

      await visitor.ask('signs in', 'post /sign-in', { name: 'ada' })
      const socket = await openSocket(origin, transport, visitor.cookieHeader)
      const who = await socket.emitWithAck('who')
      expect(who).toBe('ada')
      await visitor.note('the socket knows who it is', who)

      await visitor.ask('is renamed by a page', 'post /rename', { name: 'countess' })
      const entered = await socket.emitWithAck('enter', 'salon')
      expect(entered).toBe('countess entered salon')
      await visitor.note('the socket sees that, and stores something', entered)
      expect((await visitor.ask('a page sees what the socket stored', 'get /')).body).toBe('countess is in salon.')
      await visitor.note('the socket stores again', await socket.emitWithAck('enter', 'garden'))
      expect((await visitor.ask('a page sees that too', 'get /')).body).toBe('countess is in garden.')

      const over = disconnected(socket)
      await visitor.ask('signs out', 'post /sign-out')
      expect(await over).toBe('io server disconnect')
      await visitor.note('the socket is disconnected')
      socket.disconnect()
    })
    expect(differences).toEqual({ 'signs out': clearsCookie() })
  })

  it.each([{ SAVE_UNINITIALIZED: 'yes' }, { ROLLING: 'yes' }])(
    'sends with the handshake the cookies that the options ask for, %o',
    async (settings) => {
      const websocket = '/socket.io/?EIO=4&transport=websocket'
      const differences = await compare(
        'engine.cjs',
        async (visitor) => {
          await visitor.upgrade('comes by a socket', websocket)
          await visitor.ask('comes by a page', 'get /')
          await visitor.ask('signs in', 'post /sign-in', { name: 'ada' })
          await visitor.upgrade('opens a socket', websocket)
          expect((await visitor.ask('is known', 'get /')).body).toBe('ada is in no room.')
        },
        { settings },
      )
      expect(differences).toEqual({})
    },
  )
})
