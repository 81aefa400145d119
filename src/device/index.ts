import { browserOf, systemOf } from './user-agent.js'
import { networkOf } from './network.js'

/** What a request says about its device. */
export interface DeviceFacts {
  /** The header `User-Agent`. */
  readonly userAgent?: string | undefined
  /** The address of the visitor, such as `req.ip` of Express: behind a proxy, only if the framework trusts it. */
  readonly address?: string | undefined
}

/** A description for `signIn({ device })`. A type, not an interface, so that it is a `Device`. */
export type DeviceDescription = {
  /** Name and major version, such as `Firefox 145`, or `unknown browser`. */
  readonly browser: string
  /** Such as `Windows` or `Android`; missing if unknown. */
  readonly system?: string
  /** The network of the address: `203.0.113.0/24` or `2001:db8:1::/48`. Missing if there is no valid address. */
  readonly network?: string
}

/**
 * Describes a device for a list of sessions, without what tells one person from another: the network instead of the address (the first 24
 * bits of IPv4, 48 of IPv6), and the names of browser and system with no version but the browser's major one. Never throws.
 *
 * ```ts
 * req.session.signIn(user.id, { device: describeDevice({ userAgent: req.get('user-agent'), address: req.ip }) })
 * ```
 *
 * The names are constants of this module and the rest is digits, `a`–`f`, `:`, `.` and `/`, so nothing that a client sends gets into a list or a log.
 */
export function describeDevice({ userAgent, address }: DeviceFacts): DeviceDescription {
  const system = systemOf(userAgent)
  const network = networkOf(address)
  return {
    browser: browserOf(userAgent),
    ...(system === undefined ? {} : { system }),
    ...(network === undefined ? {} : { network }),
  }
}
