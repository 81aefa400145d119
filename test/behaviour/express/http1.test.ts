import { request, ServerResponse, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { gate } from 'sessera/testing'
import { describe, expect, it } from 'vitest'
import { heldServer, type Commit } from '../../support/held-server.js'

const later: Commit = async () => ['ours=1']

async function exchange(origin: string): Promise<{ message: IncomingMessage; body: string; hints: unknown[] }> {
  const hints: unknown[] = []
  const sent = request(origin, { agent: false }).on('information', ({ statusCode }) => hints.push(statusCode))
  sent.end()
  const [message] = (await once(sent, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of message.setEncoding('utf8')) body += chunk
  return { message, body, hints }
}

describe('a held response over HTTP/1.1', () => {
  it('lets interim answers pass, and does not take them for its first byte', async () => {
    const store = gate()
    const commit: Commit = async () => {
      await store.pass()
      return ['ours=1']
    }
    const { origin } = await heldServer('HTTP/1.1', { commit }, async (response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' })
      response.writeProcessing()
      response.end('body')
      await store.reached
      response.writeProcessing()
      store.open()
    })
    const { message, body, hints } = await exchange(origin)
    expect(hints).toEqual([103, 102, 102])
    expect(message.headers['set-cookie']).toEqual(['ours=1'])
    expect(body).toBe('body')
  })

  it('keeps its status message', async () => {
    const { origin } = await heldServer('HTTP/1.1', { commit: later }, (response) => {
      response.writeHead(200, 'Fine', { 'X-App': 'yes' })
      response.statusMessage = 'late'
      response.end()
    })
    const { message } = await exchange(origin)
    expect([message.statusMessage, message.headers['x-app']]).toEqual(['Fine', 'yes'])
  })

  it("takes Node's own status message where the handler set none before the first byte", async () => {
    const { origin } = await heldServer('HTTP/1.1', { commit: later }, (response) => {
      response.end()
      response.statusMessage = 'late'
    })
    expect((await exchange(origin)).message.statusMessage).toBe('OK')
  })

  it('has a Content-Length where Node gives one', async () => {
    const { origin } = await heldServer('HTTP/1.1', { commit: later }, (response) => response.end('body'))
    expect((await exchange(origin)).message.headers['content-length']).toBe('4')
  })

  it('keeps its trailers', async () => {
    const { origin } = await heldServer('HTTP/1.1', { commit: later }, (response) => {
      response.setHeader('Trailer', 'X-Sum')
      response.write('body')
      response.addTrailers({ 'X-Sum': '1' })
      response.end()
    })
    expect((await exchange(origin)).message.trailers).toEqual({ 'x-sum': '1' })
  })

  it('takes back the trailers of an answer that was dropped', async () => {
    const failing: Commit = () => Promise.reject(new Error('down'))
    const onError = (_error: unknown, response: { write(text: string): void; end(): void }): void => {
      response.write('sorry')
      response.end()
    }
    const { origin } = await heldServer('HTTP/1.1', { commit: failing, onError }, (response) => {
      response.setHeader('Trailer', 'X-Sum')
      response.addTrailers({ 'X-Sum': '1' })
      response.end('body')
    })
    const { message, body } = await exchange(origin)
    expect([message.headers.trailer, message.trailers, body]).toEqual([undefined, {}, 'sorry'])
  })

  it('tells a write after its end as Node does', async () => {
    const told = gate()
    let code: unknown
    const { origin } = await heldServer('HTTP/1.1', { commit: later }, (response) => {
      response.on('error', (error: NodeJS.ErrnoException) => {
        code = error.code
        void told.pass()
      })
      response.end('body')
      response.write('late')
    })
    expect((await exchange(origin)).body).toBe('body')
    await told.reached
    expect(code).toBe('ERR_STREAM_WRITE_AFTER_END')
  })

  it('hands over to the error path what Node refuses only when the head is written', async () => {
    const { origin } = await heldServer('HTTP/1.1', { commit: later }, (response) => {
      response.statusMessage = 'not\nallowed'
      response.end('body')
    })
    const { message, body } = await exchange(origin)
    expect(message.statusCode).toBe(500)
    expect(body).toContain('statusMessage')
    expect(message.headers['set-cookie']).toEqual(['ours=1']) // stored, so the browser must learn of it
  })

  it('is committed, without its cookie, where somebody wrote the head behind our back', async () => {
    let commits = 0
    const commit: Commit = () => {
      commits++
      return ['ours=1']
    }
    const { origin } = await heldServer('HTTP/1.1', { commit }, (response) => {
      ServerResponse.prototype.writeHead.call(response, 201)
      response.end('body')
    })
    const { message, body } = await exchange(origin)
    expect([message.statusCode, message.headers['set-cookie'], body, commits]).toEqual([201, undefined, 'body', 1])
  })
})
