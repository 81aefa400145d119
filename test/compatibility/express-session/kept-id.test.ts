import { session } from 'sessera/express-session'
import { expect, it, onTestFinished, vi } from 'vitest'
import { openShop } from './user-shop.js'

it('warns once of a user who is set in a session that keeps its id', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warn.mockRestore())
  const shop = await openShop({ store: new session.MemoryStore() })
  const [careful, fresh, guest, other] = [shop.browser(), shop.browser(), shop.browser(), shop.browser()]

  await careful.visit('/note/tea')
  await careful.visit('/sign-in/ada')
  await careful.visit('/note/coffee')
  await fresh.visit('/sign-in-here/ada') // its session is new
  expect(warn).not.toHaveBeenCalled()

  for (const browser of [guest, other]) {
    await browser.visit('/note/tea')
    await browser.visit('/sign-in-here/bob')
  }
  expect(warn.mock.calls).toEqual([[expect.stringContaining('regenerate()'), { code: 'SESSERA_SESSION_ID_KEPT' }]])
})
