import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { expect, it } from 'vitest'
import type { Fleet } from '../../examples/fleet/fleet.js'
import { createFront } from '../../examples/fleet/front.js'
import { listenInTest } from '../support/listen-in-test.js'

/** A front whose first request goes to `first`, the next to `second`, and so on in turn. */
async function openFront(first: RequestListener, second: RequestListener): Promise<string> {
  const backends = [await listenInTest(createServer(first)), await listenInTest(createServer(second))]
  let turn = 0
  const fleet: Fleet = {
    start: async () => {},
    next: async () => backends[turn++ % 2]!.port,
    stop: () => {},
    pids: () => [],
    end: async () => {},
  }
  return (await listenInTest(createFront(fleet))).origin
}

const keyOf = ({ headers }: IncomingMessage): unknown => headers['idempotency-key']

it('sends a request whose backend died without an answer to the next one, under the same key', async () => {
  const keys: unknown[] = []
  const address = await openFront(
    (request) => {
      keys.push(keyOf(request))
      request.resume().once('end', () => request.socket.resetAndDestroy())
    },
    (request, response) => {
      keys.push(keyOf(request))
      request.pipe(response)
    },
  )
  const response = await fetch(address, { method: 'POST', body: 'the body', headers: { 'idempotency-key': 'mine' } })
  expect(await response.text()).toBe('the body')
  expect(keys).toHaveLength(2)
  expect(keys[0]).toMatch(/^[\da-f-]{36}$/)
  expect(keys[1]).toBe(keys[0])
})

it('gives each request a key of its own', async () => {
  const keys = new Set<unknown>()
  const answer: RequestListener = (request, response) => {
    keys.add(keyOf(request))
    response.end()
  }
  const address = await openFront(answer, answer)
  for (let sent = 0; sent < 4; sent += 1) await fetch(address)
  expect(keys.size).toBe(4)
})

it('hands on no answer that broke off in the middle', async () => {
  const address = await openFront(
    (request, response) => {
      response.writeHead(200, { 'content-length': 1_000 })
      response.write('the first half', () => request.socket.destroy())
    },
    (_, response) => response.end('whole'),
  )
  expect(await (await fetch(address)).text()).toBe('whole')
})

it('hands on status, all cookies and an empty body as they are', async () => {
  const address = await openFront(
    (_, response) => response.writeHead(302, { location: '/', 'set-cookie': ['a=1', 'b=2'] }).end(),
    (_, response) => response.writeHead(304).end(),
  )
  const redirect = await fetch(address, { redirect: 'manual' })
  expect([redirect.status, redirect.headers.get('location')]).toEqual([302, '/'])
  expect(redirect.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect((await fetch(address)).status).toBe(304)
})
