import { describe, expect, it } from 'vitest'
import { SeenLives } from './seen-lives.js'

function livesAt(start = 0) {
  const clock = { now: start }
  return { clock, lives: new SeenLives(() => clock.now) }
}

describe('SeenLives', () => {
  it('knows what is left until a tenth of the whole life is over', () => {
    const { clock, lives } = livesAt()
    lives.see('a', 1000, 1000)
    clock.now = 100
    expect(lives.leftOf('a')).toBe(900)
    clock.now = 101
    expect(lives.leftOf('a')).toBeUndefined()
  })

  it('knows nothing of a session that it has not seen, or was told to forget', () => {
    const { lives } = livesAt()
    lives.see('a', 1000, 1000)
    lives.forget('a')
    expect([lives.leftOf('a'), lives.leftOf('b')]).toEqual([undefined, undefined])
  })

  it('asks again for a life that was seen when less than nine tenths were left', () => {
    const { lives } = livesAt()
    lives.see('a', 899, 1000)
    expect(lives.leftOf('a')).toBeUndefined()
  })

  it('forgets those that were seen longest ago', () => {
    const { lives } = livesAt()
    for (let index = 0; index < 10_000; index++) lives.see(`session ${index}`, 1000, 1000)
    lives.see('session 0', 1000, 1000)
    lives.see('one more', 1000, 1000)
    expect(lives.leftOf('session 1')).toBeUndefined()
    expect([lives.leftOf('session 0'), lives.leftOf('one more')]).toEqual([1000, 1000])
  })
})
