import { describe, expect, it } from 'vitest'
import { hasPackages } from '../../support/packages.js'
import { compare } from './compare.js'

describe.skipIf(!(await hasPackages('compatibility')))('csrf-sync', { timeout: 60_000 }, () => {
  it('takes what comes with the token of the session, and of no other', async () => {
    const differences = await compare('csrf.cjs', async (visitor) => {
      const refused = await visitor.ask('sends without a session', 'post /pay', { amount: '1', token: '' })
      expect([refused.status, visitor.cookies]).toEqual([403, {}])

      const { body: token } = await visitor.ask('opens the form', 'get /form')
      expect((await visitor.ask('sends without the token', 'post /pay', { amount: '1' })).status).toBe(403)
      expect((await visitor.ask('sends it', 'post /pay', { amount: '1', token })).body).toBe('Paid 1 in all.')
      expect((await visitor.ask('sends it again', 'post /pay', { amount: '2', token })).body).toBe('Paid 3 in all.')

      const mine = visitor.cookies
      visitor.cookies = {}
      const { body: another } = await visitor.ask('another opens the form', 'get /form')
      visitor.cookies = mine
      expect((await visitor.ask("is given another's token", 'post /pay', { amount: '9', token: another })).status).toBe(
        403,
      )

      expect((await visitor.ask('signs in', 'post /sign-in', { name: 'ada', token })).body).toBe('Hello, ada.')
      expect((await visitor.ask('the token from before is over', 'post /pay', { amount: '1', token })).status).toBe(403)
      const { body: fresh } = await visitor.ask('opens a fresh form', 'get /form')
      expect((await visitor.ask('sends that', 'post /pay', { amount: '5', token: fresh })).body).toBe('Paid 5 in all.')
    })
    expect(differences).toEqual({})
  })
})
