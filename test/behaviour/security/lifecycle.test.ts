import { createServer } from 'node:http'
import express from 'express'
import { createSessions, memoryStore, SessionSupersededError } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'
import { describe, expect, it } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { Browser } from '../../support/browser.js'
import { fleet, type Fleet } from '../../support/fleet.js'
import { listenInTest } from '../../support/listen-in-test.js'

describe('a change of rights', () => {
  it('LC-2: by rotate leaves the old token without any, and keeps the session', async () => {
    const { backend, clock } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const thief = browser.copy()
    await browser.visit(backend[0], (session) => {
      session.data.theme = 'admin'
      session.rotate()
    })
    // Within the grace time it reads, for requests that were on their way; it changes nothing.
    const forging = thief.visit(backend[1], ({ data }) => void (data.theme = 'forged'))
    await expect(forging).rejects.toBeInstanceOf(SessionSupersededError)
    clock.advance(10_001)
    expect((await thief.look(backend[1])).isNew).toBe(true)
    expect(await browser.look(backend[1])).toEqual({ userId: 'ada', data: { theme: 'admin' }, isNew: false })
  })

  it('LC-2: by signing in again takes them from the old token at once', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const thief = browser.copy()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    expect((await thief.look(backend[1])).userId).toBeUndefined()
  })
})

describe('a rotation', () => {
  it('LC-4: signs out none of 500 requests at once', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const visits = Array.from({ length: 500 }, (_, index) => async () => {
      const visitor = index % 2 === 0 ? browser : browser.copy() // with the newest cookie, or with the one at the start
      if (index === 250) await browser.visit(backend[0], (session) => session.rotate())
      return (await visitor.look(backend[index % 3]!)).userId
    })
    const seen = await Promise.all(visits.map((visit) => visit()))
    expect(new Set(seen)).toEqual(new Set(['ada']))
  })

  it.each(['before', 'after'])(
    'LC-4: that breaks off %s its one step leaves one token that is valid',
    async (moment) => {
      const { backend, store, clock } = fleet()
      const browser = new Browser()
      await browser.visit(backend[0], (session) => session.signIn('ada'))
      store.tap('replace', (original) => async (...call) => {
        if (moment === 'after') await original(...call)
        throw new Error('the process was killed')
      })
      await expect(browser.visit(backend[0], (session) => session.rotate())).rejects.toMatchObject({ status: 503 })
      store.untap()
      clock.advance(10_001)
      // After it, that is the new one, which nobody was told: never both.
      expect((await browser.look(backend[1])).userId).toBe(moment === 'before' ? 'ada' : undefined)
    },
  )
})

describe('a request that stores nothing', () => {
  it('LC-8: leaves no record and no cookie behind, 10,000 times', async () => {
    const { backend, store } = fleet()
    const visits = [
      (browser: Browser) => browser.visit(backend[0]),
      (browser: Browser) => browser.visit(backend[0], ({ data }) => data.cart, 404),
      (browser: Browser) => browser.visit(backend[0], (session) => session.end()),
      (browser: Browser) => browser.visit(backend[0], (session) => session.rotate()),
    ]
    for (let index = 0; index < 10_000; index++) {
      const { setCookies } = await visits[index % visits.length]!(new Browser())
      expect(setCookies).toHaveLength(0)
    }
    expect(store.calls).toEqual([])
  })
})

describe('a session that began on plain HTTP', () => {
  it('LC-10: is none over HTTPS, and the other way round', async () => {
    const sessions = createSessions<{ visits?: number }>({ store: memoryStore() })
    const app = express()
    app.set('trust proxy', true)
    app.use(expressSessions(sessions))
    app.get('/', (request, response) => {
      const { data } = sessionOf(sessions, request)
      data.visits = (data.visits ?? 0) + 1
      response.send(String(data.visits))
    })
    const browser = openBrowser((await listenInTest(createServer(app))).origin)
    const https = { headers: { 'x-forwarded-proto': 'https' } }
    expect((await browser.visit('/')).body).toBe('1')
    expect((await browser.visit('/')).body).toBe('2')
    expect((await browser.visit('/', https)).body).toBe('1')
    expect(new Set(browser.jar.keys())).toEqual(new Set(['__Host-session', 'session']))
    for (const token of browser.jar.values()) {
      expect((await browser.visit('/', { ...https, cookie: `session=${token}` })).body).toBe('1')
    }
  })
})

describe('a write whose answer was lost, and that the client sends again', () => {
  /** The next `replace` is done, `meanwhile` happens, and it is done again. */
  function sendTwice({ store }: Fleet, meanwhile: () => Promise<unknown>): void {
    store.tap('replace', (original) => async (...call) => {
      store.untap()
      await original(...call)
      await meanwhile()
      return original(...call)
    })
  }

  it('LC-1: leads into no session that somebody signed in to meanwhile', async () => {
    const all = fleet()
    const planted = new Browser()
    await planted.visit(all.backend[0], ({ data }) => void (data.theme = 'planted'))
    const victim = planted.copy()
    const visit = await planted.arrive(all.backend[0])
    sendTwice(all, () =>
      victim.visit(all.backend[1], (session) => {
        session.signIn('victim')
        session.data.cart = ['secret']
      }),
    )
    await visit.session.update((data) => void (data.count = 1))
    expect(visit.session.userId).toBeUndefined()
    expect(visit.session.data).toEqual({ theme: 'planted', count: 1 })
    visit.session.data.theme = 'forged'
    expect((await visit.leave()).setCookies).toEqual([])
    expect((await victim.look(all.backend[1])).data).toEqual({ cart: ['secret'] })
  })

  it('TR-2: does not write again over what somebody else wrote meanwhile', async () => {
    const all = fleet()
    const browser = new Browser()
    await browser.visit(all.backend[0], ({ data }) => void (data.theme = 'light'))
    const visit = await browser.arrive(all.backend[0])
    visit.session.data.theme = 'dark'
    sendTwice(all, () => browser.copy().visit(all.backend[1], ({ data }) => void (data.theme = 'blue')))
    await visit.session.save()
    visit.session.data.count = 1
    await visit.leave()
    expect((await browser.look(all.backend[2])).data).toEqual({ theme: 'blue', count: 1 })
  })
})
