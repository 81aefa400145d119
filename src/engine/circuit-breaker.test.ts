import { describe, expect, it } from 'vitest'
import { CircuitBreaker } from './circuit-breaker.js'

/** A breaker after some failures in a row at time 0. */
function failing(failures: number): CircuitBreaker {
  const breaker = new CircuitBreaker()
  for (let failure = 0; failure < failures; failure++) breaker.failed(0, undefined)
  return breaker
}

describe('the circuit breaker', () => {
  it('lets every call through until 5 have failed in a row', () => {
    expect(new CircuitBreaker().admits(0)).toBe(true)
    for (let failures = 0; failures < 5; failures++) expect(failing(failures).admits(0)).toBe(true)
    expect(failing(5).admits(0)).toBe(false)
    expect(failing(5).admits(999)).toBe(false)
  })

  it('counts failures in a row only', () => {
    const breaker = failing(4)
    breaker.succeeded()
    for (let failure = 0; failure < 4; failure++) breaker.failed(10, undefined)
    expect(breaker.admits(10)).toBe(true)
    breaker.failed(10, undefined)
    expect(breaker.admits(10)).toBe(false)
  })

  it('once open, lets one call a second through', () => {
    const breaker = failing(5)
    expect([999, 1_000, 1_001, 1_999].map((now) => breaker.admits(now))).toEqual([false, true, false, false])
    breaker.failed(1_500, undefined)
    expect([1_999, 2_000, 2_001].map((now) => breaker.admits(now))).toEqual([false, true, false])
  })

  it('does not put the next probe off when calls that were under way fail late', () => {
    const breaker = failing(5)
    for (let late = 1; late < 50; late++) breaker.failed(late * 20, undefined)
    expect(breaker.admits(1_000)).toBe(true)
  })

  it('probes with one call even after a long pause', () => {
    const breaker = failing(5)
    expect([60_000, 60_000, 60_999, 61_000].map((now) => breaker.admits(now))).toEqual([true, false, false, true])
  })

  it('closes at the first success, and needs 5 failures to open again', () => {
    const breaker = failing(5)
    expect(breaker.admits(1_000)).toBe(true)
    breaker.succeeded()
    expect([1_000, 1_000, 1_000].map((now) => breaker.admits(now))).toEqual([true, true, true])
    for (let failure = 0; failure < 4; failure++) breaker.failed(1_100, undefined)
    expect(breaker.admits(1_100)).toBe(true)
    breaker.failed(1_100, undefined)
    expect([1_100, 2_099, 2_100].map((now) => breaker.admits(now))).toEqual([false, false, true])
  })

  it('stays closed however often one visitor fails, or two', () => {
    const breaker = new CircuitBreaker()
    for (let failure = 0; failure < 100; failure++) breaker.failed(0, failure % 2 === 0 ? 'one' : 'two')
    expect(breaker.admits(0)).toBe(true)
    breaker.failed(0, 'three')
    expect([0, 999, 1_000].map((now) => breaker.admits(now))).toEqual([false, false, true])
  })

  it('forgets who failed with each success', () => {
    const breaker = new CircuitBreaker()
    for (const session of ['one', 'two', 'two', 'two', 'two']) breaker.failed(0, session)
    breaker.succeeded()
    for (const session of ['three', 'three', 'three', 'three', 'three']) breaker.failed(2, session)
    expect(breaker.admits(2)).toBe(true)
  })

  it('counts the calls that were answered', () => {
    const breaker = failing(2)
    expect(breaker.successes).toBe(0)
    breaker.succeeded()
    breaker.succeeded()
    expect(breaker.successes).toBe(2)
  })
})
