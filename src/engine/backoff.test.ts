import { describe, expect, it } from 'vitest'
import { throttle } from './backoff.js'

describe('the pace of the writers of one session', () => {
  it('is not held while its record carries the marks of fewer than 800 recent writes', () => {
    for (const marks of [0, 1, 100, 799]) expect(throttle(marks)).toBeUndefined()
  })

  it('is held from then on, for longer the more there are', async () => {
    await expect(throttle(800)).resolves.toBeUndefined()
    await expect(throttle(1_000)).resolves.toBeUndefined()
  })

  it('is refused at 1,600, as none of the marks may be forgotten and the record must not grow without bound', () => {
    expect(() => throttle(1_600)).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE', reason: undefined }))
  })
})
