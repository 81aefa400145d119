/** What is patched by way of a framework's prototype. */
export interface Patched {
  /** Whether any call of the response has arrived. */
  readonly wasCalled: boolean
}

interface Response {
  readonly headersSent?: boolean
}

interface Watched {
  readonly response: Response
  readonly patched: Patched
  /** Where the response should find our methods. */
  readonly prototype: object
}

let last: Watched | undefined
let isReliable = true

/** Remembers the latest response, so that it shows whether its calls arrive. */
export function watchForBypass(watched: Watched): void {
  last = watched
}

/**
 * Whether what was added to a framework's prototype reaches its requests and responses. An application of another copy of Express that
 * is called by hand within this one gives them other prototypes. That shows when a response was sent and no call of it has arrived.
 */
export function areFrameworkPrototypesReliable(): boolean {
  if (last === undefined || last.patched.wasCalled || !wasTakenOver(last)) return isReliable
  last = undefined
  if (isReliable) warn()
  isReliable = false
  return false
}

/** Another sign of it. */
export function distrustFrameworkPrototypes(): void {
  isReliable = false
}

function wasTakenOver({ response, prototype }: Watched): boolean {
  // In this order: it is asked for each request, and the head of a response takes longer to look at.
  return !Object.prototype.isPrototypeOf.call(prototype, response) && response.headersSent === true
}

function warn(): void {
  process.emitWarning(
    'A response was sent without its session being stored, because an application of another copy of Express took it over. This does ' +
      'not happen again in this process. Pass that application to app.use(), or install only one copy of Express.',
    { code: 'SESSERA_BYPASSED_RESPONSE' },
  )
}
