import { RedisStore } from 'sessera/connect-redis'
import { describe, expect, it } from 'vitest'
import { ours as session } from './modules.js'
import { recordingStore } from './recording-store.js'
import { serve, type Request } from './site.js'

const deadline = 250
const never = (): Promise<never> => new Promise(() => {})

/** Stores that fall silent, and what was asked of them since. */
const stores = {
  'a store that calls back'() {
    const store = recordingStore(session)
    const asked: string[] = []
    const fallSilent = (): void => {
      for (const method of ['get', 'set', 'touch', 'destroy'] as const) store[method] = () => void asked.push(method)
    }
    return { options: { store, deadline }, fallSilent, asked }
  },
  RedisStore() {
    const texts = new Map<string, string>()
    const asked: string[] = []
    let isSilent = false
    const sendCommand = async ([name, , text, key, word]: readonly string[]): Promise<unknown> => {
      if (isSilent) {
        asked.push(name!)
        return never()
      }
      if (name === 'SET') texts.set('text', text!)
      return name === 'SET' ? 'OK' : [word, key === undefined ? null : (texts.get('text') ?? null), -1]
    }
    const store = new RedisStore({ client: { sendCommand }, deadline })
    return { options: { store }, fallSilent: () => void (isSilent = true), asked }
  },
}

const handlers: Record<string, (request: Request) => Promise<unknown>> = {
  async 'signs in and looks at no error'(request) {
    await request.session.regenerate().catch(() => {})
    request.session['user'] = 'ada'
    await request.session.save().catch(() => {})
  },
  async 'stores three times'(request) {
    for (const count of [1, 2, 3]) {
      request.session['count'] = count
      await request.session.save().catch(() => {})
    }
  },
  async 'reloads, then changes'(request) {
    await request.session.reload().catch(() => {})
    request.session['count'] = 1
  },
}

describe.each(Object.keys(stores) as (keyof typeof stores)[])('with %s that falls silent, a request', (name) => {
  it.each(Object.keys(handlers))('that %s asks the store once', async (handler) => {
    const { options, fallSilent, asked } = stores[name]()
    const site = await serve(session, options, async (request, response) => {
      if (request.url === '/') request.session['user'] = 'eve'
      else {
        fallSilent()
        await handlers[handler]!(request)
      }
      response.end('done')
    })
    const visitor = await site.ask()
    expect(await site.ask(visitor, '/silent')).toMatchObject({ status: 503 })
    expect(asked).toHaveLength(1)
  })

  it('that signs out has that tried once more, and no more', async () => {
    const { options, fallSilent, asked } = stores[name]()
    const codes: unknown[] = []
    const site = await serve(session, options, async (request, response) => {
      if (request.url === '/') request.session['user'] = 'eve'
      else {
        fallSilent()
        const visited = request.session
        await visited.save().catch(() => {})
        for (let times = 0; times < 3; times++)
          await visited.destroy().catch(({ code }: { code: unknown }) => codes.push(code))
      }
      response.statusCode = request.url === '/' ? 200 : 500
      response.end()
    })
    const visitor = await site.ask()
    await site.ask(visitor, '/silent')
    expect(codes).toEqual(Array(3).fill('STORE_UNAVAILABLE'))
    expect(asked).toHaveLength(2)
  })

  it('does not keep others from asking', async () => {
    const { options, fallSilent, asked } = stores[name]()
    const site = await serve(session, options, async (request, response) => {
      if (request.url === '/') request.session['user'] = 'eve'
      else await request.session.save().catch(() => {})
      response.end()
    })
    const visitor = await site.ask()
    fallSilent()
    await Promise.all([1, 2, 3].map(() => site.ask(visitor, '/silent')))
    expect(asked).toHaveLength(3)
  })
})
