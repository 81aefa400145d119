/** What is patched by way of a framework's prototype. */
export interface Patched {
  /** Whether any call of the response has arrived. */
  readonly wasCalled: boolean
}

interface Response {
  readonly headersSent?: boolean
}

let last: { readonly response: Response; readonly patched: Patched } | undefined
let isReliable = true

/** Remembers the latest response, so that it shows whether its calls arrive. */
export function watchForBypass(response: Response, patched: Patched): void {
  last = { response, patched }
}

/**
 * Whether what was added to a framework's prototype reaches its requests and responses. An application of another copy of Express that
 * is called by hand within this one gives them other prototypes. That shows when a response was sent and no call of it has arrived.
 */
export function areFrameworkPrototypesReliable(): boolean {
  if (last === undefined || last.patched.wasCalled || last.response.headersSent !== true) return isReliable
  last = undefined
  if (isReliable) warn()
  isReliable = false
  return false
}

function warn(): void {
  process.emitWarning(
    'A response was sent without its session being stored, because an application of another copy of Express took it over. This does ' +
      'not happen again in this process. Pass that application to app.use(), or install only one copy of Express.',
    { code: 'SESSERA_BYPASSED_RESPONSE' },
  )
}
