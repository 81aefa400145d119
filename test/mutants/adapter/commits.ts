import { newHandle } from 'sessera'
import { expressSessions } from 'sessera/express'
import { type AdapterMutant, committing, opening, spoiling, untouched } from './mutant.js'

export const commitMutants: readonly AdapterMutant[] = [
  {
    name: 'commits after the answer',
    killedBy: 'the first byte of a redirect does not leave before the session is stored',
    spoil: committing(({ commit }) => {
      setImmediate(() => void Promise.resolve(commit()).catch(() => {}))
      return untouched
    }),
  },
  {
    name: 'commits on end only, so that the first byte of a stream leaves before',
    killedBy: 'the first byte of a stream does not leave before the session is stored',
    mount: (sessions) => {
      const sound = expressSessions(sessions)
      return (request, response, next) => {
        const { write, writeHead } = response
        sound(request, response, (error) => {
          Object.assign(response, { write, writeHead })
          next(error)
        })
      }
    },
  },
  {
    name: 'keeps a stream back until its end',
    killedBy: 'the first byte of a stream leaves while later ones are still to come',
    mount: spoiling('after', (response) => {
      const { write, end } = response
      const pieces: unknown[] = []
      Object.assign(response, {
        write: (piece: unknown) => pieces.push(piece) > 0,
        end(...values: unknown[]) {
          for (const piece of pieces.splice(0)) write.call(response, piece)
          return end.apply(response, values)
        },
      })
    }),
  },
  {
    name: 'swallows a failed commit',
    killedBy: 'a redirect whose session cannot be stored is an error, with nothing of the redirect',
    spoil: committing(async ({ commit }) => {
      try {
        return await commit()
      } catch {
        return untouched
      }
    }),
  },
  {
    name: 'sends what came of a stream before its commit failed',
    killedBy: 'a stream whose session cannot be stored is an error, with nothing of the stream',
    mount: spoiling('before', (response) => {
      const { write, end } = response
      Object.assign(response, {
        end(...values: unknown[]) {
          if (response.statusCode === 503) write.call(response, 'ab')
          return end.apply(response, values)
        },
      })
    }),
  },
  {
    name: 'keeps the Location of a redirect whose commit failed',
    killedBy: 'a redirect whose session cannot be stored is an error, with nothing of the redirect',
    mount: spoiling('before', (response) => {
      const { removeHeader } = response
      Object.assign(response, {
        removeHeader: (name: string) => (name === 'location' ? undefined : removeHeader.call(response, name)),
      })
    }),
  },
  {
    name: 'drops the changes of a client that has left',
    killedBy: 'an answer whose client has left is stored all the same',
    mount: spoiling('after', (response) => {
      const { end } = response
      Object.assign(response, {
        end: (...values: unknown[]) => (response.destroyed ? response : end.apply(response, values)),
      })
    }),
  },
  {
    name: 'drops the changes of a handler that throws',
    killedBy: 'what a failing handler changed is kept, and its error goes its way',
    spoil: committing(({ commit, status }) => (status >= 400 ? untouched : commit())),
  },
  {
    name: 'carries out a sign-in whatever the status',
    killedBy: 'a sign-in that is answered with an error is not carried out',
    spoil: committing(({ commit }) => commit(200)),
  },
  {
    name: 'takes an outage for a stranger',
    killedBy: 'a store that is down when the request comes is an error, never a stranger',
    spoil: opening((open, cookie, facts) => open(cookie, facts).catch(() => open(undefined, facts))),
  },
  {
    name: 'does not say when to try again',
    killedBy: 'a store that is down when the request comes is an error, never a stranger',
    spoil: opening((open, cookie, facts) =>
      open(cookie, facts).catch(() => {
        throw Object.assign(new Error('down'), { status: 503 })
      }),
    ),
  },
  {
    name: 'asks the store for those who have no session',
    killedBy: 'a visit that stores nothing sets no cookie and asks the store nothing',
    spoil: (sessions) =>
      opening(async (open, cookie, facts) => {
        if (cookie === undefined) await sessions.end(newHandle())
        return open(cookie, facts)
      })(sessions),
  },
  {
    name: 'lets an outage disturb those who have no session',
    killedBy: 'a store that is down disturbs nobody who has no session',
    spoil: (sessions) =>
      opening(async (open, cookie, facts) => {
        await sessions.end(newHandle())
        return open(cookie, facts)
      })(sessions),
  },
  {
    name: 'opens the session once more when it is mounted twice',
    killedBy: 'mounted twice, it works as if mounted once',
    mount: (sessions) => {
      const sound = expressSessions(sessions)
      return (request, response, next) => {
        for (const key of [...Object.getOwnPropertySymbols(request), 'session']) {
          if (String(key).includes('sessera') || key === 'session') Reflect.deleteProperty(request, key)
        }
        sound(request, response, next)
      }
    },
  },
]
