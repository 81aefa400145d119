/** The methods that can send a byte of a response. */
export const sendMethods = ['writeHead', 'write', 'end', 'flushHeaders'] as const
export type SendMethod = (typeof sendMethods)[number]
export type Method = (...values: unknown[]) => unknown
export type SendMethods = Readonly<Record<SendMethod, Method>>

export interface ResponseCall {
  readonly method: SendMethod
  readonly values: unknown[]
}

/** The methods that change a head. */
export const headerMethods = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const

/** The head of a response before it is sent. Responses of other hosts than Node may lack any of it; then that part is skipped. */
export interface ResponseHead {
  statusCode?: number
  statusMessage?: string
  readonly req?: { readonly httpVersionMajor?: number } | undefined
  getHeader?(name: string): number | string | readonly string[] | undefined
  getHeaderNames?(): string[]
  setHeader?(name: string, value: number | string | readonly string[]): unknown
  removeHeader?(name: string): void
}

/** A response of any host. Only `end` is certain; a missing `SendMethod` is never called. */
export interface HttpResponse extends ResponseHead {
  writeHead(...values: unknown[]): unknown
  write(...values: unknown[]): unknown
  end(...values: unknown[]): unknown
  flushHeaders?(...values: unknown[]): unknown
  readonly headersSent?: boolean
  readonly writableEnded?: boolean
  readonly destroyed?: boolean
  readonly stream?: { close?(code: number): void } | null
  destroy?(...values: unknown[]): unknown
  addTrailers?(trailers: object): void
  on?(event: string, listener: Method): unknown
  once?(event: string, listener: Method): unknown
  emit?(event: string, value?: unknown): boolean
  rawListeners?(event: string): unknown[]
}

/** HTTP/2 has no status message, and even reading it there prints a warning. */
export function hasStatusMessage({ req }: ResponseHead): boolean {
  return (req?.httpVersionMajor ?? 1) < 2
}

/**
 * Sets status and headers as `writeHead` would, without sending them. As in Node, a header replaces one that was set before, and a
 * name that a list repeats keeps all its values. Returns `false`, having done nothing, for arguments that Node refuses.
 */
export function setHead(response: ResponseHead, writeHeadArguments: readonly unknown[]): boolean {
  const [status, reason, third] = writeHeadArguments
  const statusCode = Number(status) | 0
  if (statusCode < 100 || statusCode > 999) return false
  const headers = third ?? (typeof reason === 'string' ? undefined : reason)
  const fields = Array.isArray(headers) ? fieldsOfList(headers) : Object.entries(headers ?? {})
  if (fields === undefined) return false
  for (const [name, value] of fields) if (name !== '') response.setHeader?.(name as string, value as string)
  response.statusCode = statusCode
  if (typeof reason === 'string' && hasStatusMessage(response)) response.statusMessage = reason
  return true
}

/** `[name, value, name, value]` or `[[name, value], [name, value]]` with the values of a repeated name joined. */
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
