import type { ServerResponse } from 'node:http'
import { createGzip, type Gzip } from 'node:zlib'

type Listener = (...values: unknown[]) => void

/**
 * Compresses a response in the way of the usual middleware: it covers `writeHead`, `write`, `end` and `on`, and moves listeners
 * for `drain` to its own stream. `asksAgain`: like older ones, it asks for the head until Node has really written it.
 */
export function compress(response: ServerResponse, { asksAgain = false } = {}): void {
  const { write, end, writeHead, on } = response as unknown as Record<string, (...values: unknown[]) => unknown>
  const waiting: Listener[] = []
  let stream: Gzip | undefined
  let ended = false

  function start(): Gzip {
    const gzip = createGzip()
    for (const listener of waiting) gzip.on('drain', listener)
    response.setHeader('Content-Encoding', 'gzip')
    response.removeHeader('Content-Length')
    gzip.on('data', (chunk) => {
      if (write?.call(response, chunk) === false) gzip.pause()
    })
    gzip.on('end', () => void end?.call(response))
    on?.call(response, 'drain', () => gzip.resume())
    return gzip
  }

  function startedStream(): Gzip {
    const isHeadWritten = asksAgain ? Boolean((response as { _header?: unknown })._header) : response.headersSent
    if (!isHeadWritten) response.writeHead(response.statusCode)
    return (stream ??= start())
  }

  Object.assign(response, {
    writeHead(status: number, ...more: unknown[]) {
      stream ??= start()
      return writeHead?.call(response, status, ...more)
    },
    write: (chunk: string | Uint8Array) => !ended && startedStream().write(chunk),
    end(chunk?: string | Uint8Array) {
      if (ended) return response
      const gzip = startedStream()
      ended = true
      gzip.end(chunk)
      return response
    },
    on(event: string, listener: Listener) {
      if (event !== 'drain') return on?.call(response, event, listener)
      if (stream === undefined) waiting.push(listener)
      else stream.on('drain', listener)
      return response
    },
  })
}
