import type { AdapterResponse } from 'sessera/testing'

/** The response of a route of the suite, as one of `fetch`. */
export function fetchResponse({ status = 200, headers = {}, body = '' }: AdapterResponse): Response {
  const fields = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  )
  if (status === 204 || status === 304) return new Response(null, { status, headers: fields })
  if (typeof body !== 'string') return new Response(streamOf(body), { status, headers: fields })
  // Bun adds the type of a text only when it is sent.
  return new Response(body, { status, headers: [['Content-Type', 'text/plain;charset=UTF-8'], ...fields] })
}

/** What handlers throw to redirect. */
export function redirectTo(location: string): Response {
  return new Response(null, { status: 303, headers: { Location: location } })
}

function streamOf(texts: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const iterator = texts[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}
