import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gate } from 'sessera/testing'
import { describe, expect, it, vi } from 'vitest'
import { recordUnhandledRejections } from '../../support/record-unhandled-rejections.js'
import { heldServer, type Commit, type Response } from '../../support/held-server.js'

const outage = Object.assign(new Error('the store is down'), { status: 503 })
const failing: Commit = async () => {
  throw outage
}

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('a response over %s whose commit fails', (protocol) => {
  it('is answered by whoever is told of the error, and by nothing of the handler', async () => {
    const { ask } = await heldServer(protocol, { commit: failing }, (response) => {
      response.writeHead(302, { Location: '/home', 'Content-Length': 2, 'Content-Language': 'en', ETag: '"1"' })
      response.end('no')
    })
    const { status, headers, body } = await ask()
    expect({ status, body }).toEqual({ status: 503, body: 'failed: Error: the store is down' })
    expect(headers).not.toHaveProperty('location')
    expect(headers).not.toHaveProperty('etag')
    expect(headers).not.toHaveProperty('content-language')
    expect(headers).not.toHaveProperty('set-cookie')
  })

  it('is answered the same when the commit throws instead of rejecting', async () => {
    const throwing: Commit = () => {
      throw outage
    }
    const { ask } = await heldServer(protocol, { commit: throwing }, (response) => response.end('no'))
    expect(await ask()).toMatchObject({ status: 503, body: 'failed: Error: the store is down' })
  })

  it('keeps the headers that the application gives to every answer', async () => {
    const kept = { 'x-request-id': '1', 'content-security-policy': "default-src 'none'", 'set-cookie': ['theme=dark'] }
    const { ask } = await heldServer(protocol, { commit: failing }, (response) => {
      for (const [name, value] of Object.entries(kept)) response.setHeader(name, value)
      for (const name of ['Cache-Control', 'Last-Modified', 'Accept-Ranges', 'Clear-Site-Data'])
        response.setHeader(name, 'x')
      response.end('no')
    })
    const { headers } = await ask()
    expect(headers).toMatchObject(kept)
    for (const name of ['cache-control', 'last-modified', 'accept-ranges', 'clear-site-data']) {
      expect(headers).not.toHaveProperty(name)
    }
  })

  it('looks untouched to whoever answers instead', async () => {
    const view: unknown[] = []
    const onError = (_error: unknown, response: Response): void => {
      view.push(response.headersSent, response.writableEnded, response.statusCode, response.getHeaderNames())
      response.writeHead(500, { 'X-App': 'yes' }).end('sorry')
    }
    const { ask } = await heldServer(protocol, { commit: failing, onError }, (response) =>
      response.writeHead(201).end('no'),
    )
    expect(await ask()).toMatchObject({ status: 500, headers: { 'x-app': 'yes' }, body: 'sorry' })
    expect(view).toEqual([false, false, 503, []])
  })

  it('tells the error to the callbacks of what was dropped', async () => {
    const told: unknown[] = []
    const { ask } = await heldServer(protocol, { commit: failing }, (response) => {
      response.write('a', (error) => told.push(error))
      ;(response.end as unknown as (chunk: string, callback: (error: unknown) => void) => void)('b', (error) =>
        told.push(error),
      )
    })
    await ask()
    await vi.waitFor(() => expect(told).toEqual([outage, outage]))
  })

  it('is disturbed by no late write of its handler', async () => {
    const answered = gate()
    const late: unknown[] = []
    const onError = (_error: unknown, response: Response): void => {
      response.end('sorry')
      answered.open()
    }
    const { ask } = await heldServer(protocol, { commit: failing, onError }, async (response) => {
      response.on('error', (error) => late.push(error))
      response.write('no')
      await answered.pass()
      late.push(response.write('late'), response.end('late') === response, response.end() === response)
      response.write('late', (error) => late.push(error))
    })
    expect((await ask()).body).toBe('sorry')
    await vi.waitFor(() => expect(late).toEqual([false, true, true, outage]))
  })

  it.each([
    ['pipe()', (source: Readable, response: Response) => source.pipe(response)],
    ['pipeline()', (source: Readable, response: Response) => pipeline(source, response).catch(() => {})],
    [
      'a loop',
      async (source: Readable, response: Response) => {
        for await (const chunk of source) response.write(chunk)
        response.end()
      },
    ],
  ])('is disturbed by no stream that goes on: %s', async (_way, send) => {
    const unhandled = recordUnhandledRejections()
    const { ask } = await heldServer(protocol, { commit: failing }, (response) => {
      void send(Readable.from(Array.from({ length: 50 }, () => 'no'.repeat(5000))), response)
    })
    expect(await ask()).toMatchObject({ status: 503, body: 'failed: Error: the store is down' })
    expect((await ask()).status).toBe(503)
    expect(unhandled).toEqual([])
  })

  it('never makes a success of it, even where nobody sets a status', async () => {
    const plain: Commit = () => Promise.reject(new Error('no status'))
    const { ask } = await heldServer(protocol, { commit: plain }, (response) => response.writeHead(200).end('no'))
    expect((await ask()).status).toBe(500)
  })

  it('may have lost its client: the error is told, and the server lives on', async () => {
    const [store, left, told] = [gate(), gate(), gate()]
    const commit: Commit = async () => {
      await store.pass()
      throw outage
    }
    const onError = (_error: unknown, response: Response): void => {
      response.end('sorry')
      void told.pass()
    }
    const { ask, leave } = await heldServer(protocol, { commit, onError }, (response) => {
      response.once('close', () => void left.pass())
      response.write('a')
      response.end('b')
    })
    await leave(store.reached)
    await left.reached
    store.open()
    await told.reached
    expect(await ask()).toMatchObject({ status: 503, body: 'sorry' })
  })

  it.each<[string, (response: Response) => Promise<unknown>]>([
    ['pipeline() of a generator', (response) => pipeline(pieces, response)],
    ['pipeline() of a generator that never ends', (response) => pipeline(endless, response)],
    ['pipeline() of a stream', (response) => pipeline(Readable.from(endless()), response)],
    [
      'a loop that waits for room',
      async (response) => {
        for await (const piece of endless()) if (!response.write(piece)) await once(response, 'drain')
      },
    ],
  ])('tells whoever waits for room that there will be none: %s', async (_way, send) => {
    const told = gate()
    let error: unknown
    const { ask } = await heldServer(protocol, { commit: failing }, async (response) => {
      error = await send(response).catch((reason: unknown) => reason)
      void told.pass()
    })
    expect(await ask()).toMatchObject({ status: 503, body: 'failed: Error: the store is down' })
    await told.reached
    expect(error).toMatchObject({ code: 'ERR_STREAM_DESTROYED', cause: outage })
  })
})

async function* pieces(): AsyncGenerator<string> {
  for (let piece = 0; piece < 5; piece++) yield 'no'
}

async function* endless(): AsyncGenerator<string> {
  for (;;) yield 'no'.repeat(10_000)
}
