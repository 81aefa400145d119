import { createSessions, memoryStore, type PolicyReport, type SessionsOptions } from 'sessera'
import { describe, expect, it, vi } from 'vitest'

function reportOf(options: SessionsOptions = {}): PolicyReport {
  return createSessions({ store: memoryStore(), ...options }).policyReport()
}

/** The settings by name. */
function settingsOf(options?: SessionsOptions): Record<string, { value: unknown; rules: readonly string[] }> {
  return Object.fromEntries(reportOf(options).settings.map(({ name, value, rules }) => [name, { value, rules }]))
}

const nist = 'ASVS 7.1.1 with NIST SP 800-63B-4 2.2.3'

describe('the report of the policy', () => {
  it('TO-8: names timeouts and the number of sessions per user, with the rules that they meet', () => {
    expect(settingsOf()).toMatchObject({
      idleTimeout: { value: '30m', rules: ['ASVS 7.3.1', nist] },
      absoluteTimeout: { value: '12h', rules: ['ASVS 7.3.2', nist] },
      'remember.idleTimeout': { value: '14d', rules: ['ASVS 7.3.1'] },
      'remember.absoluteTimeout': { value: '90d', rules: ['ASVS 7.3.2'] },
      maxSessionsPerUser: { value: 'no limit', rules: ['ASVS 7.1.2'] },
      rotationGrace: { value: '10s' },
      deadline: { value: '1s' },
      maxDataBytes: { value: 65_536 },
    })
    expect(settingsOf({ maxSessionsPerUser: 3, onOverflow: 'refuse' })).toMatchObject({
      maxSessionsPerUser: { value: 3 },
      onOverflow: { value: 'refuse' },
    })
    expect(settingsOf({ maxSessionsPerUser: () => 3 })['maxSessionsPerUser']?.value).toBe('a function of the user')
  })

  it('says what a preset made of it', () => {
    expect(reportOf().preset).toBe('none')
    expect(reportOf({ preset: 'pci' }).preset).toBe('pci')
    const { idleTimeout, ...others } = settingsOf({ preset: 'pci' })
    expect(idleTimeout).toEqual({ value: '15m', rules: ['ASVS 7.3.1', nist, 'PCI DSS 8.2.8'] })
    expect(others['remember.idleTimeout']).toEqual(idleTimeout)
    for (const { rules } of Object.values(settingsOf({ preset: 'asvs-l2' })).slice(0, 4)) expect(rules).toContain(nist)
  })

  it('names the attributes of the cookie as they are, and no rule that they break', () => {
    expect(settingsOf()).toMatchObject({
      'cookie.name': { value: '__Host-session', rules: ['ASVS 3.3.1', 'ASVS 3.3.3'] },
      'cookie.secure': { value: true, rules: ['ASVS 3.3.1'] },
      'cookie.httpOnly': { value: true, rules: ['ASVS 3.3.4'] },
      'cookie.sameSite': { value: 'lax', rules: ['ASVS 3.3.2'] },
      'cookie.domain': { value: 'this host only' },
      'cookie.path': { value: '/' },
      'cookie.partitioned': { value: false },
    })
    expect(settingsOf({ cookie: { secure: false } })).toMatchObject({
      'cookie.name': { value: 'session', rules: [] },
      'cookie.secure': { value: false, rules: [] },
    })
    expect(settingsOf({ cookie: { sameSite: 'none', path: '/a' } })).toMatchObject({
      'cookie.name': { value: '__Secure-session', rules: ['ASVS 3.3.1'] },
      'cookie.sameSite': { value: 'none', rules: [] },
      'cookie.path': { value: '/a' },
    })
    expect(settingsOf({ cookie: { domain: 'example.org' } })).toMatchObject({
      'cookie.name': { value: '__Secure-session', rules: ['ASVS 3.3.1', 'ASVS 3.3.3'] },
      'cookie.domain': { value: 'example.org' },
    })
  })

  it('says who gets a cookie without Secure during development: in production, nobody', () => {
    const developing = settingsOf()['cookie.development']?.value
    expect(developing).toBe('session: plain-HTTP requests from this machine')
    expect(settingsOf({ cookie: { development: true } })['cookie.development']?.value).toContain('all plain-HTTP')
    vi.stubEnv('NODE_ENV', 'production')
    try {
      expect(settingsOf()['cookie.development']?.value).toBe('never')
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('names the kind of store, and what it can do', () => {
    expect(settingsOf()).toMatchObject({
      store: { value: 'memory' },
      'store.atomicity': { value: 'process' },
      'store.users': { value: true, rules: ['ASVS 7.4.2', 'ASVS 7.4.3', 'ASVS 7.4.5', 'ASVS 7.5.2'] },
      'store.list': { value: true },
    })
    const { kind: _kind, users: _users, list: _list, ...small } = memoryStore()
    expect(settingsOf({ store: { ...small, atomicity: 'store' } })).toMatchObject({
      store: { value: 'custom' },
      'store.atomicity': { value: 'store' },
      'store.users': { value: false, rules: [] },
      'store.list': { value: false },
    })
  })

  it('is plain JSON, and as text a table with a line for each setting', () => {
    const report = reportOf({ preset: 'asvs-l2' })
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    expect(Object.keys(report)).toEqual(['preset', 'settings'])
    const printed: unknown = report
    const lines = String(printed).split('\n')
    expect(lines[0]).toMatch(/^preset +asvs-l2$/)
    expect(lines[1]).toMatch(/^idleTimeout +30m +ASVS 7\.3\.1, ASVS 7\.1\.1 with NIST SP 800-63B-4 2\.2\.3$/)
    expect(lines).toHaveLength(report.settings.length + 1)
  })
})
