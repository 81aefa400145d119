import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../errors.js'
import type { SessionsOptions } from '../options.js'
import { makePolicy } from './policy.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

function refusal(options: object): { readonly option: string; readonly message: string } | undefined {
  try {
    makePolicy(options, true)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError)
    return error as InvalidOptionError
  }
}

describe("preset 'asvs-l2'", () => {
  it('keeps the defaults that comply, and shortens those of remembered sessions to what NIST says for AAL2', () => {
    expect(makePolicy({ preset: 'asvs-l2' }, true)).toMatchObject({
      preset: 'asvs-l2',
      usual: { idleMs: 30 * minute, absoluteMs: 12 * hour },
      remembered: { idleMs: hour, absoluteMs: day },
      cookie: { name: '__Host-session', secure: true, sameSite: 'lax' },
      maxSessionsPerUser: Infinity,
    })
  })

  it('takes whatever is as strict or stricter', () => {
    const options: SessionsOptions = {
      preset: 'asvs-l2',
      idleTimeout: '1h',
      absoluteTimeout: '1d',
      remember: { idleTimeout: '5m' },
      cookie: { domain: 'example.org', sameSite: 'strict' },
    }
    expect(makePolicy(options, true)).toMatchObject({
      usual: { idleMs: hour, absoluteMs: day },
      remembered: { idleMs: 5 * minute, absoluteMs: day },
      cookie: { name: '__Secure-session', domain: 'example.org' },
    })
    for (const cookie of [{ name: '__Host-a' }, { name: '__Secure-a', domain: 'example.org', path: '/a' }])
      expect(refusal({ preset: 'asvs-l2', cookie })).toBeUndefined()
  })

  it.each<[Omit<SessionsOptions, 'preset'>, string, string]>([
    [{ idleTimeout: hour + 1 }, 'idleTimeout', 'NIST SP 800-63B-4 2.2.3'],
    [{ absoluteTimeout: '25h' }, 'absoluteTimeout', 'ASVS 7.1.1'],
    [{ remember: { idleTimeout: '14d' } }, 'remember.idleTimeout', 'ASVS 7.1.1'],
    [{ remember: { absoluteTimeout: '90d' } }, 'remember.absoluteTimeout', 'ASVS 7.1.1'],
    [{ cookie: { secure: false } }, 'cookie.secure', 'ASVS 3.3.1'],
    [{ cookie: { name: 'shop' } }, 'cookie.name', 'ASVS 3.3.1'],
    [{ cookie: { name: '__Secure-shop' } }, 'cookie.name', 'ASVS 3.3.3'],
    [{ cookie: { path: '/shop' } }, 'cookie.path', 'ASVS 3.3.3'],
  ])('refuses %j at the start, by the name of the option (%s) and the rule (%s)', (options, option, rule) => {
    const error = refusal({ ...options, preset: 'asvs-l2' })
    expect(error?.option).toBe(option)
    expect(error?.message).toContain("preset 'asvs-l2'")
    expect(error?.message).toContain(rule)
    expect(refusal(options)).toBeUndefined()
  })
})

describe("preset 'pci'", () => {
  it('sets 15 minutes idle, also for remembered sessions, and nothing else', () => {
    const { usual, remembered, ...others } = makePolicy({ preset: 'pci' }, true)
    expect(usual).toEqual({ idleMs: 15 * minute, absoluteMs: 12 * hour })
    expect(remembered).toEqual({ idleMs: 15 * minute, absoluteMs: 90 * day })
    const without = makePolicy({}, true)
    expect(JSON.stringify({ ...without, ...others })).toBe(JSON.stringify({ ...without, preset: 'pci' }))
  })

  it.each<[Omit<SessionsOptions, 'preset'>, string]>([
    [{ idleTimeout: '16m' }, 'idleTimeout'],
    [{ remember: { idleTimeout: '1d' } }, 'remember.idleTimeout'],
  ])('refuses %j at the start', (options, option) => {
    expect(refusal({ ...options, preset: 'pci' })).toMatchObject({
      option,
      message: `Option ${option} is longer than 15m, which preset 'pci' allows (PCI DSS 8.2.8).`,
    })
  })

  it('takes what is stricter, and says nothing about the cookie', () => {
    const options: SessionsOptions = {
      preset: 'pci',
      idleTimeout: '15m',
      absoluteTimeout: '30d',
      cookie: { name: 'a' },
    }
    expect(makePolicy(options, true).usual).toEqual({ idleMs: 15 * minute, absoluteMs: 30 * day })
    expect(makePolicy({ preset: 'pci', absoluteTimeout: '5m' }, true).usual.idleMs).toBe(5 * minute)
  })
})

it.each(['asvs', 'PCI', '', 'toString', '__proto__', null, true])('there is no preset %j', (preset) => {
  expect(refusal({ preset })).toMatchObject({
    option: 'preset',
    message: expect.stringContaining("'asvs-l2' or 'pci'"),
  })
})
