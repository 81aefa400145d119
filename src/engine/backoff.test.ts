import { describe, expect, it } from 'vitest'
import { throttle } from './backoff.js'

describe('throttling the writers of one session', () => {
  it('does not wait while the record has marks of fewer than 800 recent writes', () => {
    for (const marks of [0, 1, 100, 799]) expect(throttle(marks)).toBeUndefined()
  })

  it('waits from then on, longer with each mark', async () => {
    await expect(throttle(800)).resolves.toBeUndefined()
    await expect(throttle(1_000)).resolves.toBeUndefined()
  })

  it('throws at 1,600, because no mark may be dropped and the record must not grow without bound', () => {
    expect(() => throttle(1_600)).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE', reason: undefined }))
  })
})
