import { describe, expect, it } from 'vitest'
import { hasPackages } from '../../support/packages.js'
import { compare } from './compare.js'
import { clearsCookie } from './improvements.js'

const ada = { username: 'ada', password: 'lovelace' }

describe.skipIf(!(await hasPackages('compatibility')))('Passport', { timeout: 60_000 }, () => {
  it('signs in, refuses, keeps what it is told to keep, and signs out', async () => {
    const differences = await compare('passport.cjs', async (visitor) => {
      await visitor.ask('comes', 'get /')
      await visitor.ask('fills the basket', 'post /basket', { item: 'tea' })
      const stranger = visitor.cookies

      await visitor.ask('mistypes the password', 'post /sign-in', { ...ada, password: 'byron' })
      expect((await visitor.ask('is told so', 'get /sign-in')).body).toBe('["Name or password is wrong."]')

      await visitor.ask('signs in and keeps the basket', 'post /sign-in/keeping', ada)
      const page = await visitor.ask('is known', 'get /')
      expect(page.body).toBe('ada has tea in the basket, signed in: true')
      const signedIn = visitor.cookies
      expect(signedIn).not.toEqual(stranger)

      visitor.cookies = stranger
      const intruder = await visitor.ask('who planted the first cookie sees nothing', 'get /')
      expect(intruder.body).toBe('A stranger has nothing in the basket, signed in: false')

      visitor.cookies = signedIn
      await visitor.ask('signs out and keeps the basket', 'post /sign-out/keeping')
      expect((await visitor.ask('is a stranger again', 'get /')).body).toMatch('A stranger has tea')
      const signedOut = visitor.cookies
      visitor.cookies = signedIn
      expect((await visitor.ask('the cookie from before is over', 'get /')).body).toMatch('A stranger has nothing')

      visitor.cookies = signedOut
      await visitor.ask('signs in without the basket', 'post /sign-in', ada)
      expect((await visitor.ask('has lost the basket', 'get /')).body).toMatch('ada has nothing')
      await visitor.ask('signs out', 'post /sign-out')
      expect((await visitor.ask('is a stranger at last', 'get /')).body).toMatch('A stranger has nothing')
    })
    expect(differences).toEqual({})
  })

  it('signs out of, and in to, a session that has been ended meanwhile', async () => {
    const differences = await compare('passport.cjs', async (visitor) => {
      await visitor.ask('signs in', 'post /sign-in', ada)
      const signedIn = visitor.cookies
      expect(await visitor.ask('signs out everywhere', 'post /sign-out/everywhere')).toMatchObject({ status: 302 })
      visitor.cookies = signedIn
      expect((await visitor.ask('is a stranger', 'get /')).body).toMatch('A stranger')
      await visitor.ask('signs in again', 'post /sign-in', ada)
      expect(await visitor.ask('signs in anew', 'post /sign-in/everywhere-else')).toMatchObject({ status: 302 })
      expect((await visitor.ask('is known', 'get /')).body).toMatch('ada')
    })
    expect(differences).toEqual({})
  })

  it('works beside sign-ins by regenerate and save, and beside destroy', async () => {
    const differences = await compare('passport.cjs', async (visitor) => {
      await visitor.ask('fills the basket', 'post /basket', { item: 'tea' })
      const stranger = visitor.cookies
      await visitor.ask('signs in', 'post /sign-in/by-hand')
      expect(visitor.cookies).not.toEqual(stranger)
      expect((await visitor.ask('is known', 'get /')).body).toBe('ada has nothing in the basket, signed in: true')
      const signedIn = visitor.cookies
      await visitor.ask('is forgotten', 'post /forget-me')
      visitor.cookies = signedIn
      expect((await visitor.ask('the cookie from before is over', 'get /')).body).toMatch('A stranger')
    })
    expect(differences).toEqual({ 'is forgotten': clearsCookie() })
  })
})
