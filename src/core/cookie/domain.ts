import { emitEvent } from '../../events.js'

const grammar = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/
const address = /^(?:(?:\d+\.)*(?:\d+|0x[0-9a-f]*)|\[?[0-9a-f]*:[0-9a-f.]*:[0-9a-f:.]*\]?)$/i

/** Completes the sentence "Option cookie.domain …" if the domain is wrong. Without a request, it finds only some mistakes. */
export function problemOfDomain(domain: unknown): string | undefined {
  if (typeof domain !== 'string') return "must be a host name such as 'example.org'"
  if (/\/|^\w+:(?!\d)/.test(domain)) return "must be the host only, such as 'example.org', without a scheme or a path"
  if (address.test(domain))
    return 'is an IP address, which browsers reject; leave it out, and the cookie is for that host'
  if (/:\d*$/.test(domain)) return 'must be without the port; cookies are for all ports of a host'
  if (grammar.test(domain.slice(1)) && domain.startsWith('.'))
    return `must be without the dot; write '${domain.slice(1)}'`
  if (grammar.test(domain.slice(0, -1)) && domain.endsWith('.'))
    return `must be without the dot at its end; write '${domain.slice(0, -1)}'`
  if (!grammar.test(domain)) return "must be a host name such as 'example.org'"
  if (domain.includes('.')) return undefined
  return 'is a single label, which browsers treat as a public suffix; leave it out, and the cookie is for that host'
}

/** Whether a browser accepts a cookie with this domain from this host. */
export function coversHost(domain: string, host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  const own = domain.toLowerCase().replace(/^\./, '')
  return name === own || (name.endsWith(`.${own}`) && !address.test(name))
}

let hasWarned = false

/** Reports a cookie whose domain does not cover the host that sets it: by an event each time, and by one warning per process. */
export function warnOfDomainMismatch(domain: string | undefined, host: string | undefined): void {
  if (domain === undefined || host === undefined || coversHost(domain, host)) return
  emitEvent('cookie-domain-mismatch', { host, domain })
  if (hasWarned) return
  hasWarned = true
  process.emitWarning(
    `The session cookie is for ${domain}, but was set on a request for ${host.slice(0, 100)}: unless a proxy changed the Host, browsers ` +
      'reject it, and nobody stays signed in there. Set cookie.domain for that deployment, or leave it out.',
    { code: 'SESSERA_COOKIE_DOMAIN' },
  )
}
