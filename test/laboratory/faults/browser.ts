import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { keptCookie } from '../../support/kept-cookie.js'
import type { Body } from './site.js'

/** A request to one of the backends, as a proxy that ends TLS would send it. */
export interface Question {
  readonly port: number
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly cookie?: string
  /** Sent byte by byte. */
  readonly body?: SlowBody
  /** Breaks the connection after so many ms, whether there is an answer or not. */
  readonly patienceMs: number
}

export interface SlowBody {
  readonly bytes: number
  readonly everyMs: number
}

export interface Answer {
  /** 0 when there was none, or only a part of one. */
  readonly status: number
  readonly body: Body
  /** What the browser keeps from now on; empty when it was told to forget. */
  readonly cookie?: string
}

export interface Browser {
  ask(question: Question): Promise<Answer>
  close(): void
}

export function openBrowser(): Browser {
  const agent = new Agent({ keepAlive: true })
  return {
    close: () => agent.destroy(),
    ask: (question) => ask(agent, question).catch(() => ({ status: 0, body: {} })),
  }
}

async function ask(agent: Agent, { port, method, path, cookie, body: toSend, patienceMs }: Question): Promise<Answer> {
  const headers = {
    'X-Forwarded-Proto': 'https',
    ...(cookie && { cookie }),
    ...(toSend && { 'Content-Length': toSend.bytes }),
  }
  const sent = request({ host: '127.0.0.1', port, method, path, headers, agent })
  const timer = setTimeout(() => sent.destroy(), patienceMs)
  try {
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.on('response', resolve).on('error', reject)
      if (toSend === undefined) sent.end()
      else void sendSlowly(sent, toSend)
    })
    const { statusCode: status = 0, headers: answered } = message
    const isJson = String(answered['content-type']).startsWith('application/json')
    const body = isJson ? ((await json(message)) as Body) : await skip(message)
    const setCookie = answered['set-cookie']?.at(-1)
    return { status, body, ...(setCookie !== undefined && { cookie: keptCookie(setCookie) ?? '' }) }
  } finally {
    clearTimeout(timer)
  }
}

async function sendSlowly(sent: ClientRequest, { bytes, everyMs }: SlowBody): Promise<void> {
  for (let count = 0; count < bytes && !sent.destroyed; count++) {
    sent.write('x')
    await pause(everyMs)
  }
  sent.end()
}

async function skip(message: IncomingMessage): Promise<Body> {
  for await (const _ of message);
  return {}
}
