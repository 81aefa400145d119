import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { keptCookie } from '../kept-cookie.js'
import type { Proxy } from './proxies.js'
import type { Data } from './shop.js'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The name of the backend that answered. */
  readonly backend: string
  readonly body: string
}

/** What `/me` answers. */
export interface Me {
  readonly userId: string | null
  readonly data: Data
  readonly client: { readonly ip: string; readonly hostname: string; readonly secure: boolean }
  readonly backend: string
}

/** A browser, with a jar for one cookie. Like one, it keeps its connections. */
export interface Visitor {
  /** As it is sent; empty when there is none. */
  cookie: string
  /** Rejects when the connection broke before the answer was whole. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  post(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  me(): Promise<Me>
  /** Another browser, with a copy of the cookie: what a thief, or a request that is under way, still holds. */
  copy(): Visitor
}

/** Where visitors come from: they share what connections it has. */
export interface Street {
  visitor(cookie?: string): Visitor
  close(): void
}

/** `part`: the path that all paths of the visitors begin with. */
export function openStreet({ port, certificate }: Pick<Proxy, 'port' | 'certificate'>, part = ''): Street {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, ca: certificate })

  function send(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const target = { host: 'localhost', family: 4, port, method, path: part + path, headers, agent }
      request(target, resolve).on('error', reject).end()
    })
  }

  function visitor(cookie = ''): Visitor {
    async function ask(method: string, path: string, headers = {}): Promise<Answer> {
      const own = self.cookie === '' ? {} : { cookie: self.cookie }
      const message = await send(method, path, { ...own, ...headers })
      for (const setCookie of message.headers['set-cookie'] ?? []) self.cookie = keptCookie(setCookie) ?? ''
      const { statusCode = 0, headers: answered } = message
      const body = await text(message)
      return { status: statusCode, headers: answered, backend: String(answered['x-backend']), body }
    }
    const self: Visitor = {
      cookie,
      get: (path, headers) => ask('GET', path, headers),
      post: (path, headers) => ask('POST', path, headers),
      async me() {
        const { body, backend } = await ask('GET', '/me')
        return { ...(JSON.parse(body) as Omit<Me, 'backend'>), backend }
      },
      copy: () => visitor(self.cookie),
    }
    return self
  }

  return { visitor, close: () => agent.destroy() }
}
