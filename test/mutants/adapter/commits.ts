import { ServerResponse } from 'node:http'
import { newHandle } from 'sessera'
import { expressSessions } from 'sessera/express'
import { type AdapterMutant, committing, opening, spoiling, untouched, withCommit } from './mutant.js'

export const commitMutants: readonly AdapterMutant[] = [
  {
    name: 'commits after the answer',
    killedBy: 'the first byte of a redirect is not sent before the session is saved',
    spoil: committing(({ commit }) => {
      setImmediate(() => void Promise.resolve(commit()).catch(() => {}))
      return untouched
    }),
  },
  {
    name: 'commits on end only, after the first byte of a stream was sent',
    killedBy: 'the first byte of a stream is not sent before the session is saved',
    mount: (sessions) => {
      const sound = expressSessions(sessions)
      return (request, response, next) => {
        const { write, writeHead } = ServerResponse.prototype
        sound(request, response, (error) => {
          Object.assign(response, { write, writeHead })
          next(error)
        })
      }
    },
  },
  {
    name: 'holds a stream back until its end',
    killedBy: 'the first byte of a stream is sent without waiting for the rest',
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
    killedBy: 'a redirect whose session cannot be saved becomes an error, with nothing of the redirect',
    spoil: committing(async ({ commit }) => {
      try {
        return await commit()
      } catch {
        return untouched
      }
    }),
  },
  {
    name: 'sends the chunks of a stream that came before its commit failed',
    killedBy: 'a stream whose session cannot be saved becomes an error, with nothing of the stream',
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
    killedBy: 'a redirect whose session cannot be saved becomes an error, with nothing of the redirect',
    mount: spoiling('before', (response) => {
      const { removeHeader } = response
      Object.assign(response, {
        removeHeader: (name: string) => (name === 'location' ? undefined : removeHeader.call(response, name)),
      })
    }),
  },
  {
    name: 'drops the changes of a request whose client has disconnected',
    killedBy: 'a session is saved even if the client has disconnected',
    mount: spoiling('after', (response) => {
      const { end } = response
      Object.assign(response, {
        end: (...values: unknown[]) => (response.destroyed ? response : end.apply(response, values)),
      })
    }),
  },
  {
    name: 'drops the changes of a handler that throws',
    killedBy: "a failing handler's changes are saved, and its error reaches the framework",
    spoil: committing(({ commit, status }) => (status >= 400 ? untouched : commit())),
  },
  {
    name: 'drops the changes of a response that is an error',
    killedBy: 'what a handler changes is saved if it responds with an error itself',
    spoil: committing(({ commit, status }) => (status === 422 ? untouched : commit())),
  },
  {
    name: 'carries out a sign-in with any status',
    killedBy: 'a sign-in is discarded if the response is an error',
    spoil: committing(({ commit }) => commit(200)),
  },
  {
    name: 'carries out the sign-in of a handler that throws',
    killedBy: 'a sign-in of a handler that fails afterwards is discarded',
    spoil: committing(({ commit, status }) => commit(status === 418 ? 200 : status)),
  },
  {
    name: 'takes a redirect that is thrown for an error',
    killedBy: 'a redirect that is thrown carries the cookie, and keeps a sign-in',
    spoil: committing(({ commit, status }) => commit(status === 303 ? 500 : status)),
  },
  {
    name: 'does not look at a session again when the response is over',
    killedBy: 'what a stream changes after its first byte is not saved, and an event tells so',
    spoil: opening(async (open, cookie, facts) => {
      const opened = await open(cookie, facts)
      return { ...withCommit(opened, (status) => opened.commit(status)), responseClosed: () => {} }
    }),
  },
  {
    name: 'takes an outage for an anonymous session',
    killedBy: 'a store that is down on load is an error, never an anonymous session',
    spoil: opening((open, cookie, facts) => open(cookie, facts).catch(() => open(undefined, facts))),
  },
  {
    name: 'sends no Retry-After',
    killedBy: 'a store that is down on load is an error, never an anonymous session',
    spoil: opening((open, cookie, facts) =>
      open(cookie, facts).catch(() => {
        throw Object.assign(new Error('down'), { status: 503 })
      }),
    ),
  },
  {
    name: 'calls the store for requests without a session',
    killedBy: 'a request that stores nothing sets no cookie and makes no store call',
    spoil: (sessions) =>
      opening(async (open, cookie, facts) => {
        if (cookie === undefined) await sessions.end(newHandle())
        return open(cookie, facts)
      })(sessions),
  },
  {
    name: 'lets an outage fail requests without a session',
    killedBy: 'a store that is down does not affect requests without a session',
    spoil: (sessions) =>
      opening(async (open, cookie, facts) => {
        await sessions.end(newHandle())
        return open(cookie, facts)
      })(sessions),
  },
  {
    name: 'opens the session again when it is mounted twice',
    killedBy: 'mounting the middleware twice works like mounting it once',
    mount: (sessions) => {
      const sound = expressSessions(sessions)
      return (request, response, next) => {
        Object.defineProperty(request, 'session', { value: undefined, configurable: true })
        sound(request, response, (error) => {
          Reflect.deleteProperty(request, 'session')
          next(error)
        })
      }
    },
  },
]
