import type { IncomingHttpHeaders } from 'node:http'
import { isLoopbackAddress, isLoopbackHost } from '../../core/cookie/loopback.js'
import { ownerOfPeer } from './owner-of-peer.js'

/** What is looked at of a request. */
export interface RequestTraits {
  readonly httpVersionMajor: number
  readonly httpVersionMinor: number
  readonly headers: Readonly<IncomingHttpHeaders>
  /** Whatever a mock or another runtime leaves out is not counted against the request; but without a peer it is not direct. */
  readonly socket: SocketTraits | null | undefined
}

interface SocketTraits {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localPort?: number | undefined
}

/**
 * Whether a browser or program of this machine itself has sent the request, for all that can be seen: with a bare proxy in front each
 * request comes from a loopback address, and whoever is behind it would be given a cookie without `Secure`. Any trait of a proxy
 * settles it. The last look, on Linux, is at something that none can imitate: for which user the peer's socket is.
 */
export function isDirect(request: RequestTraits): boolean {
  return looksDirect(request) && isOwnPeer(request.socket)
}

/** The same by the request alone. */
export function looksDirect({ httpVersionMajor, httpVersionMinor, headers, socket }: RequestTraits): boolean {
  const host = headers.host ?? headers[':authority']?.toString()
  return (
    isLoopbackAddress(socket?.remoteAddress) &&
    isLoopbackHost(host) &&
    namesPort(host, socket?.localPort) &&
    // nginx speaks 1.0 to what is behind it, unless it is told otherwise.
    (httpVersionMajor > 1 || httpVersionMinor >= 1) &&
    !Object.keys(headers).some((name) => proxyHeader.test(name)) &&
    comesFromHere(headers) &&
    keepsAlive(headers, httpVersionMajor)
  )
}

/** A proxy that keeps the Host it was asked for listens on another port. */
function namesPort(host = '', localPort: number | undefined): boolean {
  if (localPort === undefined) return true
  return Number(/:(\d+)$/.exec(host)?.[1] ?? 80) === localPort
}

const proxyHeader =
  /^(?:forwarded|via|x-(?:forwarded|real|client|cluster-client|original|amzn|envoy|arr|varnish)\b.*|true-client-ip|c(?:f|dn)-.*|fastly-.*|proxy-connection)$/

/** A page of another host can lead here, but then the browser says so. */
function comesFromHere(headers: Readonly<IncomingHttpHeaders>): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return true
  return [headers.origin, headers.referer].every(
    (address) => address === undefined || address === 'null' || isLoopbackHost(hostIn(address)),
  )
}

function hostIn(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).host : undefined
}

/** Browsers keep their connections and say so; proxies that do neither pass nothing on but the rest of what a browser said. */
function keepsAlive(
  { 'user-agent': program = '', connection = '' }: Readonly<IncomingHttpHeaders>,
  major: number,
): boolean {
  return major > 1 || !program.startsWith('Mozilla/') || /\b(?:keep-alive|upgrade)\b/i.test(connection)
}

const known = new WeakMap<SocketTraits, boolean>()

/** Looked up once for each connection. Where nobody can say whose the peer is, it counts as one's own. */
function isOwnPeer(socket: SocketTraits | null | undefined): boolean {
  if (!socket) return false
  const before = known.get(socket)
  if (before !== undefined) return before
  const owner = ownerOfPeer(socket)
  const isOwn = owner === undefined || owner === process.getuid?.() || owner === process.geteuid?.()
  known.set(socket, isOwn)
  return isOwn
}
