import { describe, expect, it } from 'vitest'
import { hasPackages } from '../../support/packages.js'
import { compare } from './compare.js'

describe.skipIf(!(await hasPackages('compatibility')))('connect-flash', { timeout: 60_000 }, () => {
  it('shows a message on exactly one page after the redirect', async () => {
    const differences = await compare('flash.cjs', async (visitor) => {
      expect((await visitor.ask('comes', 'get /')).body).toBe('{"info":[],"error":[]}')
      const sent = await visitor.ask('sends a letter', 'post /letters', { text: 'Hello' })
      expect(sent.location).toBe('/')
      expect((await visitor.ask('is told', 'get /')).body).toBe('{"info":["Sent \\"Hello\\"."],"error":[]}')
      expect((await visitor.ask('is told once', 'get /')).body).toBe('{"info":[],"error":[]}')
      await visitor.ask('sends nothing', 'post /letters', {})
      await visitor.ask('sends another letter', 'post /letters', { text: 'Bye' })
      const both = await visitor.ask('is told both', 'get /')
      expect(both.body).toBe('{"info":["Sent \\"Bye\\"."],"error":["Nothing to send.","Write something first."]}')
      expect((await visitor.ask('is told both once', 'get /')).body).toBe('{"info":[],"error":[]}')
    })
    expect(differences).toEqual({})
  })
})
