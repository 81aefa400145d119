/** The head of a response that has not left yet: what `ServerResponse` and `Http2ServerResponse` have in common. */
export interface ResponseHead {
  statusCode: number
  statusMessage: string
  readonly req: { readonly httpVersionMajor: number }
  getHeader(name: string): number | string | readonly string[] | undefined
  getHeaderNames(): string[]
  setHeader(name: string, value: number | string | readonly string[]): unknown
  removeHeader(name: string): void
}

/** HTTP/2 has no status message; merely reading it there prints a warning. */
export function hasStatusMessage(response: ResponseHead): boolean {
  return response.req.httpVersionMajor < 2
}

/**
 * Puts what `writeHead` was called with on the response. As in Node, such a header takes the place of one that was set before,
 * and keys that a list repeats are all kept. `false`, and nothing done, for arguments that Node itself refuses.
 */
export function putHead(response: ResponseHead, writeHeadArguments: readonly unknown[]): boolean {
  const [status, reason, third] = writeHeadArguments
  const statusCode = Number(status) | 0
  if (statusCode < 100 || statusCode > 999) return false
  const headers = third ?? (typeof reason === 'string' ? undefined : reason)
  const fields = Array.isArray(headers) ? fieldsOfList(headers) : Object.entries(headers ?? {})
  if (fields === undefined) return false
  for (const [name, value] of fields) if (name !== '') response.setHeader(name as string, value as string)
  response.statusCode = statusCode
  if (typeof reason === 'string' && hasStatusMessage(response)) response.statusMessage = reason
  return true
}

/** `[name, value, name, value]` or `[[name, value], [name, value]]` with the values of a repeated name put together. */
function fieldsOfList(list: readonly unknown[]): Iterable<readonly [unknown, unknown]> | undefined {
  const isFlat = !Array.isArray(list[0])
  if (isFlat && list.length % 2 !== 0) return undefined
  const step = isFlat ? 2 : 1
  const fields = new Map<string, [name: unknown, value: unknown]>()
  for (let index = 0; index < list.length; index += step) {
    const [name, value] = (isFlat ? list.slice(index, index + 2) : list[index]) as [unknown, unknown]
    const key = String(name).toLowerCase()
    const earlier = fields.get(key)
    if (earlier === undefined) fields.set(key, [name, value])
    else earlier[1] = [earlier[1], value].flat()
  }
  return fields.values()
}

// What describes one answer. Everything else (request ids, security headers, cookies) belongs to the application in general.
const answerHeaders = new Set([
  'accept-ranges',
  'cache-control',
  'clear-site-data', // a sign-out that failed must not delete the cookie it needs to be tried again
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'location',
  'refresh',
  'repr-digest',
  'trailer',
  'transfer-encoding',
])

/** Takes back what a handler had set for an answer that will not be given; the headers of the application in general stay. */
export function withdrawAnswer(response: ResponseHead, error: unknown): void {
  for (const name of response.getHeaderNames()) if (answerHeaders.has(name.toLowerCase())) response.removeHeader(name)
  response.statusCode = statusOf(error)
  if (hasStatusMessage(response)) response.statusMessage = '' // Node's default for the status
}

// Not 200: an error handler that sets no status must not make a success of it.
function statusOf(error: unknown): number {
  const status = (error as { readonly status?: unknown } | undefined)?.status
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : 500
}
