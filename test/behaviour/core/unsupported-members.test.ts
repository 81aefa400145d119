import { createServer } from 'node:http'
import { inspect } from 'node:util'
import express from 'express'
import { createSessions, InvalidArgumentError, memoryStore } from 'sessera'
import { expressSessions } from 'sessera/express'
import { describe, expect, it } from 'vitest'
import { listen } from '../../support/listen.js'

type AnySession = Record<string, (...values: unknown[]) => unknown>

async function openSession(): Promise<AnySession> {
  const { session } = await createSessions({ store: memoryStore() }).open(undefined, { secure: true })
  return session as unknown as AnySession
}

// Code that was written for another library waits for a callback that nobody calls, and looks at no promise.

describe('a session', () => {
  it.each([
    ['destroy', [() => {}], 'call session.end()'],
    ['regenerate', [() => {}], 'call session.signIn(userId), or session.rotate()'],
    ['touch', [], 'using a session extends it'],
    ['resetMaxAge', [], 'using a session extends it'],
    ['reload', [() => {}], 'session.update()'],
    ['save', [() => {}], 'takes no callback'],
    ['save', [undefined], 'takes no callback'],
    ['update', [], 'takes a function'],
    ['update', [{ count: 1 }], 'takes a function'],
  ] as const)('throws at once when %s is called, and says what to do', async (method, given, advice) => {
    const session = await openSession()
    expect(() => session[method]!(...given)).toThrow(InvalidArgumentError)
    expect(() => session[method]!(...given)).toThrow(advice)
  })

  it.each([
    ['id', 'session.handle'],
    ['cookie', 'options of createSessions()'],
  ])('throws when %s is looked at, which would be undefined for everybody', async (name, advice) => {
    const session = await openSession()
    expect(() => session[name]).toThrow(InvalidArgumentError)
    expect(() => session[name]).toThrow(advice)
  })

  it('has none of these names, is no promise, and can be shown and compared', async () => {
    const session = await openSession()
    const names = ['destroy', 'regenerate', 'touch', 'reload', 'id', 'cookie', 'then']
    expect(names.filter((name) => name in session)).toEqual([])
    expect(await Promise.resolve(session)).toBe(session)
    expect(inspect(session)).toMatch(/^Session \{/)
    expect(inspect(session, { showHidden: true, getters: true })).toMatch(/^Session \{/)
    expect(JSON.parse(JSON.stringify(session))).toEqual({ isNew: true })
    expect({ session }).toEqual({ session })
    expect({ ...session }).toEqual({})
    expect(session['anything else']).toBeUndefined()
    expect(Object.prototype.toString.call(session)).toBe('[object Object]')
  })
})

describe('req.sessionID', () => {
  it('throws and names what there is instead; others may set it', async () => {
    const app = express()
    app.set('env', 'test')
    app.use(expressSessions(createSessions({ store: memoryStore() })))
    app.get('/read', (request, response) => void response.send(request.sessionID))
    app.get('/set', (request, response) => {
      request.sessionID = 'by another'
      response.send(request.sessionID)
    })
    app.get('/shown', (request, response) => void response.send(String(Object.keys(request).includes('sessionID'))))
    const server = await listen(createServer(app))
    try {
      const ask = async (path: string): Promise<[number, string]> => {
        const answer = await fetch(server.origin + path)
        return [answer.status, await answer.text()]
      }
      expect(await ask('/read')).toEqual([500, expect.stringMatching(/There is no sessionID: .*session.handle/)])
      expect(await ask('/set')).toEqual([200, 'by another'])
      expect(await ask('/shown')).toEqual([200, 'false'])
    } finally {
      await server.close()
    }
  })
})
