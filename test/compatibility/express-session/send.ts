import { request, type OutgoingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'

interface Sending {
  /** As it stands in the request line, so that it may be a whole URL. Default `'/'`. */
  readonly path?: string
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
}

interface Sent {
  readonly status: number
  readonly statusMessage: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly setCookies: readonly string[]
  readonly body: string
}

/** Sends a request as it is given, where a browser would make another one of it. */
export function send(origin: string, sending: Sending = {}): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const sent = request(origin, { agent: false, ...sending }, (response) => {
      const { statusCode: status = 0, statusMessage = '', headers } = response
      const setCookies = headers['set-cookie'] ?? []
      text(response).then((body) => resolve({ status, statusMessage, headers, setCookies, body }), reject)
    })
    sent.on('error', reject).end()
  })
}
