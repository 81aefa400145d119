import { describeDevice } from 'sessera/device'

/** What a visitor sent that cannot be used. */
export class BadRequestError extends Error {
  readonly status = 400
}

/** The text in a field of a JSON body. Throws `BadRequestError` if there is none, or a longer one. */
export function readText(body: unknown, field: string, maxLength: number): string {
  const value: unknown = (body as Record<string, unknown> | null | undefined)?.[field]
  const text = typeof value === 'string' ? value.trim() : ''
  if (text === '') throw new BadRequestError(`Send JSON with "${field}": a text that is not empty.`)
  if (text.length > maxLength) throw new BadRequestError(`"${field}" may have ${maxLength} characters at most.`)
  return text
}

/** How the visitor recognizes this browser in a list: "Firefox 140 on Linux". */
export function labelOf(userAgent: string | null | undefined): string {
  const { browser, system } = describeDevice({ userAgent: userAgent ?? undefined })
  return system === undefined ? browser : `${browser} on ${system}`
}
