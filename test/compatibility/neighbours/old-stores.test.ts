import { describe, expect, it } from 'vitest'
import { hasPackages } from '../../support/packages.js'
import { compare } from './compare.js'
import { clearsCookie } from './improvements.js'

const kinds = {
  inherited: ['InheritedStore'],
  proto: ['ProtoStore'],
  class: ['ClassStore'],
  counting: ['MemoryStore', 'CountingStore'],
}

describe.skipIf(!(await hasPackages('compatibility')))('stores of an application', { timeout: 60_000 }, () => {
  it('work in whichever way they are written', async () => {
    const stores = Object.entries(kinds)
    const differences = await compare('old-stores.cjs', async (visitor) => {
      for (const [name, own] of stores) {
        const step = (what: string): string => `${name}: ${what}`
        const { body } = await visitor.ask(step('asks of what kind all is'), `get /${name}/kinds`)
        const { isOf, ...others } = JSON.parse(body)
        expect(isOf.toSorted()).toEqual(['Store', 'EventEmitter', ...own].toSorted())
        expect(others).toEqual({ isWhole: true, isSame: true })

        await visitor.ask(step('counts'), `post /${name}/increment`)
        await visitor.ask(step('counts on'), `post /${name}/increment`)
        const page = await visitor.ask(step('sees the count'), `get /${name}`)
        expect(JSON.parse(page.body)).toMatchObject({ count: 2, cookie: { originalMaxAge: expect.any(Number) } })
        const old = visitor.cookies
        await visitor.ask(step('is given another session'), `post /${name}/renew`)
        expect(visitor.cookies).not.toEqual(old)
        const loaded = await visitor.ask(step('has it loaded'), `get /${name}/loaded`)
        expect(JSON.parse(loaded.body)).toMatchObject({ loaded: { count: 2 }, isSession: true, id: true })

        const renewed = visitor.cookies
        await visitor.ask(step('destroys it'), `post /${name}/destroy`)
        visitor.cookies = renewed
        const gone = await visitor.ask(step('sees a new one'), `get /${name}`)
        expect(JSON.parse(gone.body).count).toBeUndefined()
      }
    })
    expect(differences).toEqual(
      Object.fromEntries(stores.map(([name]) => [`${name}: destroys it`, clearsCookie(name, `/${name}`)])),
    )
  })
})
