import { createSessions, InvalidArgumentError, InvalidOptionError } from 'sessera'
import { describe, expect, it } from 'vitest'
import { Browser } from '../../support/browser.js'
import { fleet } from '../../support/fleet.js'

/** An application that keeps its user under `theme`, as if that were a name. */
const options = { userId: ({ theme }: { theme?: unknown }) => theme as string | undefined }

describe('the option userId', () => {
  it('LC-1: gives a new secret when the data names a user, keeps all data, and lists the session', async () => {
    const { backend } = fleet(options)
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => Object.assign(data, { cart: ['tea'], count: 1 }))
    const thief = browser.copy()
    await browser.visit(backend[0], ({ data }) => void (data.theme = 'ada'))
    expect(await browser.look(backend[1])).toEqual({
      userId: 'ada',
      data: { cart: ['tea'], count: 1, theme: 'ada' },
      isNew: false,
    })
    expect(await thief.look(backend[1])).toEqual({ userId: undefined, data: {}, isNew: true })
    expect(await backend[2].user('ada').list()).toHaveLength(1)
    expect(await backend[2].user('ada').end()).toBe(1)
    expect((await browser.look(backend[1])).isNew).toBe(true)
  })

  it('rotates whatever the status, because the application reads its user from the data', async () => {
    const { backend } = fleet(options)
    for (const status of [404, 500]) {
      const browser = new Browser()
      await browser.visit(backend[0], ({ data }) => void (data.count = 1))
      const thief = browser.copy()
      await browser.visit(backend[0], ({ data }) => void (data.theme = 'ada'), status)
      expect((await browser.look(backend[1])).userId).toBe('ada')
      expect((await thief.look(backend[1])).data).toEqual({})
    }
  })

  it.each(['save', 'update'] as const)('stores nothing signed in before the response: %s', async (method) => {
    const { backend } = fleet(options)
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    const thief = browser.copy()
    const { session, leave } = await browser.arrive(backend[0])
    if (method === 'update') await session.update((data) => void (data.theme = 'ada'))
    else {
      session.data.theme = 'ada'
      await session.save()
    }
    expect(session.data.theme).toBe('ada')
    expect((await thief.look(backend[1])).data).toEqual({ count: 1 })
    await leave()
    expect(await browser.look(backend[1])).toMatchObject({ userId: 'ada', data: { count: 1, theme: 'ada' } })
    expect((await thief.look(backend[1])).isNew).toBe(true)
  })

  it('ends the session when the user changes or goes, and keeps what the application left in the data', async () => {
    const { backend } = fleet(options)
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => Object.assign(data, { theme: 'ada', count: 1 }))
    const ada = browser.copy()
    await browser.visit(backend[0], ({ data }) => void (data.theme = 'bob'))
    expect(await browser.look(backend[1])).toMatchObject({ userId: 'bob', data: { theme: 'bob', count: 1 } })
    expect((await ada.look(backend[1])).isNew).toBe(true)
    expect(await backend[1].user('ada').count()).toBe(0)
    const bob = browser.copy()
    await browser.visit(backend[0], ({ data }) => void delete data.theme)
    expect(await browser.look(backend[1])).toEqual({ userId: undefined, data: { count: 1 }, isNew: false })
    expect((await bob.look(backend[1])).isNew).toBe(true)
    expect(await backend[1].user('bob').count()).toBe(0)
  })

  it('leaves alone what names the same user, and signIn', async () => {
    const { backend } = fleet(options)
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.theme = 'ada'))
    const before = browser.cookie
    await browser.visit(backend[0], ({ data }) => void (data.count = 2))
    expect(browser.cookie).toBe(before)
    await browser.visit(backend[0], (session) => {
      session.signIn('carol')
      session.data.theme = 'carol'
    })
    expect((await browser.look(backend[1])).userId).toBe('carol')
  })

  it('limits the sessions of a user too', async () => {
    const { backend } = fleet({ ...options, maxSessionsPerUser: 1 })
    for (let count = 0; count < 2; count++)
      await new Browser().visit(backend[0], ({ data }) => void (data.theme = 'ada'))
    expect(await backend[0].user('ada').count()).toBe(1)
  })

  it.each([
    ['an object', {}],
    ["'[object Object]'", '[object Object]'],
    ["'undefined'", 'undefined'],
    ["'NaN'", 'NaN'],
  ])('fails the response, naming the option, if it finds %s', async (what, found) => {
    const { backend } = fleet({ userId: () => found as never })
    const visit = new Browser().visit(backend[0], ({ data }) => void (data.count = 1))
    await expect(visit).rejects.toThrow(InvalidArgumentError)
    await expect(visit).rejects.toThrow(`The option userId gave ${what}`)
  })

  it('is a function', () => {
    expect(() => createSessions({ userId: 'user' as never })).toThrow(InvalidOptionError)
  })
})
