import { createSessions, InvalidOptionError, memoryStore } from 'sessera'
import { describe, expect, it, vi } from 'vitest'
import { Browser } from '../../support/browser.js'
import { fleet } from '../../support/fleet.js'

type Backend = ReturnType<typeof fleet>['backend'][number]

async function signedIn(backend: Backend, label: string): Promise<Browser> {
  const browser = new Browser()
  await browser.visit(backend, (session) => session.signIn('ada', { label, device: { system: 'Linux' } }))
  return browser
}

/** Entries are written beside the response. */
const journalOf = (backend: Backend, length: number) =>
  vi.waitFor(async () => {
    const entries = await backend.user('ada').journal()
    expect(entries).toHaveLength(length)
    return entries
  })

const handleOf = async (backend: Backend, browser: Browser) => (await browser.arrive(backend)).session.handle

describe('the journal of a user', () => {
  it('says how sessions ended, when, by which one and on which device, the latest first', async () => {
    const { backend, clock } = fleet({ journal: '30d', maxSessionsPerUser: 4, onSecretReuse: 'end' })
    const [mine, first, second, third] = [
      await signedIn(backend[0], 'mine'),
      await signedIn(backend[0], 'first'),
      await signedIn(backend[0], 'second'),
      await signedIn(backend[0], 'third'),
    ]
    const handles = await Promise.all([mine, first, second, third].map((browser) => handleOf(backend[1], browser)))
    clock.advance(1000)
    await first.visit(backend[1], (session) => session.end())
    await journalOf(backend[0], 1)
    clock.advance(1000)
    const { session, leave } = await mine.arrive(backend[2])
    await backend[2].user('ada').end(handles[2] ?? '', { by: session })
    await journalOf(backend[0], 2)
    await backend[1].end(handles[3] ?? '')
    const device = { system: 'Linux' }
    const at = clock.now()
    expect(await journalOf(backend[0], 3)).toEqual([
      { handle: handles[3], at, reason: 'administration', label: 'third', device },
      { handle: handles[2], at, reason: 'user', by: handles[0], label: 'second', device },
      { handle: handles[1], at: at - 1000, reason: 'signed-out', label: 'first', device },
    ])
    await leave()
    expect(await backend[0].user('bob').journal()).toEqual([])
  })

  it('says what ended by itself: the limit, an expiry that was noticed, a secret that came back', async () => {
    const { backend, clock } = fleet({ journal: '30d', maxSessionsPerUser: 1, onSecretReuse: 'end' })
    await signedIn(backend[0], 'one')
    clock.advance(1)
    const two = await signedIn(backend[0], 'two')
    expect((await journalOf(backend[0], 1)).map(({ reason, label }) => [reason, label])).toEqual([['limit', 'one']])
    const old = two.copy()
    await two.visit(backend[0], (session) => session.rotate())
    clock.advance(10_001)
    await old.look(backend[0])
    expect((await journalOf(backend[0], 2))[0]?.reason).toBe('secret-reused')
    await signedIn(backend[0], 'three')
    clock.advance(1_800_000)
    expect(await backend[1].user('ada').list()).toEqual([])
    expect((await journalOf(backend[0], 3))[0]?.reason).toBe('expired')
    await backend[1].user('ada').list()
    expect(await journalOf(backend[0], 3)).toHaveLength(3)
  })

  it('keeps the last hundred, for as long as it says', async () => {
    const { backend, clock } = fleet({ journal: '1d' })
    for (let count = 1; count <= 102; count++) await signedIn(backend[0], `${count}`)
    await backend[0].user('ada').end()
    await journalOf(backend[0], 100)
    clock.advance(86_400_000)
    expect(await backend[0].user('ada').journal()).toEqual([])
  })

  it('is kept only if asked for, by a store that can', async () => {
    const { backend } = fleet()
    await signedIn(backend[0], 'one')
    await backend[0].user('ada').end()
    expect(await backend[0].user('ada').journal()).toEqual([])
    const { journal: _, ...store } = memoryStore()
    expect(() => createSessions({ store, journal: '30d' })).toThrow(InvalidOptionError)
    expect(() => createSessions({ journal: 'long' as never })).toThrow(InvalidOptionError)
  })

  it('is exported, and erased, with the last ends too', async () => {
    const { backend } = fleet({ journal: '30d' })
    await signedIn(backend[0], 'one')
    await backend[0].user('ada').end()
    await journalOf(backend[0], 1)
    expect((await backend[0].user('ada').export()).journal).toHaveLength(1)
    await signedIn(backend[0], 'two')
    await backend[0].user('ada').erase()
    expect(await backend[0].user('ada').journal()).toEqual([])
  })
})
