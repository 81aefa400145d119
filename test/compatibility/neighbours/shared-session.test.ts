import { describe, expect, it, vi } from 'vitest'
import { hasPackages } from '../../support/packages.js'
import { compare } from './compare.js'
import { clearsCookie } from './improvements.js'
import { openSocket } from './sockets.js'

describe.skipIf(!(await hasPackages('compatibility')))(
  'express-socket.io-session with autoSave',
  { timeout: 60_000 },
  () => {
    it('stores by itself what a socket changes', async () => {
      const differences = await compare('shared-session.cjs', async (visitor) => {
        await visitor.ask('comes', 'get /')
        const socket = await openSocket(visitor.origin, 'websocket', visitor.cookieHeader)
        for (const times of [1, 2]) {
          const answer = await socket.emitWithAck('press')
          expect(answer).toBe(times)
          await vi.waitFor(async () => {
            expect((await visitor.records()).map(({ text }) => text).join()).toContain(`"pressed":${times}`)
          }, 10_000)
          await visitor.note(`presses, ${times}`, answer)
          const page = await visitor.ask(`the page says so, ${times}`, 'get /')
          expect(page.body).toBe(`pressed ${times} times`)
        }

        const ended = visitor.cookies
        await visitor.ask('signs out', 'post /sign-out')
        expect(await socket.emitWithAck('press')).toBe(3)
        visitor.cookies = ended
        await visitor.ask('comes with the old cookie', 'get /')
        socket.disconnect()
      })
      const cookie = '"cookie":{"originalMaxAge":3600000,"expires":"<in 3600 s>","httpOnly":true,"path":"/"}'
      expect(differences).toEqual({
        'signs out': clearsCookie(),
        // What the socket stores after the sign-out does not bring the session back.
        'comes with the old cookie': {
          originals: ['200 pressed 3 times', `sess:<id 1> = {${cookie},"pressed":3} for 3600 s`],
          ours: [
            '200 pressed 0 times',
            'set-cookie: connect.sid=<signed id 2>; Path=/; Expires=<in 3600 s>; HttpOnly',
            `sess:<id 2> = {${cookie}} for 3600 s`,
          ],
        },
      })
    })
  },
)
