import type { IncomingHttpHeaders } from 'node:http'
import { isLoopbackAddress, isLoopbackHost } from '../../core/cookie/loopback.js'
import { userOfPeer, type Peer } from './peer-user.js'

/** The properties of a request that show where it comes from. */
export interface RequestTraits {
  readonly httpVersionMajor: number
  readonly httpVersionMinor: number
  readonly headers: Readonly<IncomingHttpHeaders>
  /** Mocks and other runtimes may lack properties, which are then not checked. Without a peer, a request is not local. */
  readonly socket: Peer | null | undefined
}

/**
 * Whether a browser or program on this machine sent the request directly. Behind a local proxy, every request comes from a loopback
 * address, and its clients would get a cookie without `Secure`; so any sign of a proxy makes this `false`. On Linux, the last check cannot
 * be faked: which user owns the peer's socket.
 */
export function isLocalClient(request: RequestTraits): boolean {
  return looksLocal(request) && isOwnPeer(request.socket)
}

/** The same, without looking up the peer's user. */
export function looksLocal({ httpVersionMajor, httpVersionMinor, headers, socket }: RequestTraits): boolean {
  const host = headers.host ?? headers[':authority']?.toString()
  return (
    isLoopbackAddress(socket?.remoteAddress) &&
    isLoopbackHost(host) &&
    namesPort(host, socket?.localPort) &&
    // nginx speaks HTTP/1.0 to its upstreams by default.
    (httpVersionMajor > 1 || httpVersionMinor >= 1) &&
    !Object.keys(headers).some((name) => proxyHeader.test(name)) &&
    isFromLocalPage(headers) &&
    keepsAlive(headers, httpVersionMajor)
  )
}

/** Fails for a proxy that passes on the `Host` of its clients: it listens on another port. */
function namesPort(host = '', localPort: number | undefined): boolean {
  if (localPort === undefined) return true
  return Number(/:(\d+)$/.exec(host)?.[1] ?? 80) === localPort
}

const proxyHeader =
  /^(?:forwarded|via|x-(?:forwarded|real|client|cluster-client|original|amzn|envoy|arr|varnish)\b.*|true-client-ip|c(?:f|dn)-.*|fastly-.*|proxy-connection)$/

/** A page of another host may link here; the browser then says `cross-site`. */
function isFromLocalPage(headers: Readonly<IncomingHttpHeaders>): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return true
  return [headers.origin, headers.referer].every(
    (address) => address === undefined || address === 'null' || isLoopbackHost(hostOf(address)),
  )
}

function hostOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).host : undefined
}

/** Browsers keep connections alive and say so. A proxy may not, but passes on the browser's `User-Agent`. */
function keepsAlive(
  { 'user-agent': program = '', connection = '' }: Readonly<IncomingHttpHeaders>,
  major: number,
): boolean {
  return major > 1 || !program.startsWith('Mozilla/') || /\b(?:keep-alive|upgrade)\b/i.test(connection)
}

const ownPeers = new WeakMap<Peer, boolean>()

/** Looked up once per connection. A peer whose user is unknown passes. */
function isOwnPeer(socket: Peer | null | undefined): boolean {
  if (!socket) return false
  const cached = ownPeers.get(socket)
  if (cached !== undefined) return cached
  const user = userOfPeer(socket)
  const isOwn = user === undefined || user === process.getuid?.() || user === process.geteuid?.()
  ownPeers.set(socket, isOwn)
  return isOwn
}
