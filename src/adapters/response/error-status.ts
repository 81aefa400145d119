/** The status of an error, or 500 if it has none of an error. */
export function statusOf(error: unknown): number {
  const { status } = Object(error) as { readonly status?: unknown }
  return Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599 ? Number(status) : 500
}

/** Prints an error that no error handler gets, if its status is 500 or higher, as Express does. */
export function printError(error: unknown): void {
  // oxlint-disable-next-line no-console
  if (statusOf(error) >= 500) console.error(error)
}
