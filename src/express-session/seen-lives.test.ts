import { describe, expect, it } from 'vitest'
import { SeenLives } from './seen-lives.js'

function livesAt(start = 0) {
  const clock = { now: start }
  return { clock, lives: new SeenLives(() => clock.now) }
}

describe('SeenLives', () => {
  it('knows what is left until a tenth of the whole life is over', () => {
    const { clock, lives } = livesAt()
    lives.see('a', { endsAt: 1000, wholeMs: 1000 })
    clock.now = 100
    expect(lives.endOf('a')).toBe(1000)
    clock.now = 101
    expect(lives.endOf('a')).toBeUndefined()
  })

  it('knows nothing of a session that it has not seen, or was told to forget', () => {
    const { lives } = livesAt()
    lives.see('a', { endsAt: 1000, wholeMs: 1000 })
    lives.forget('a')
    expect([lives.endOf('a'), lives.endOf('b')]).toEqual([undefined, undefined])
  })

  it('asks again for a life that was seen when less than nine tenths were left', () => {
    const { lives } = livesAt()
    lives.see('a', { endsAt: 899, wholeMs: 1000 })
    expect(lives.endOf('a')).toBeUndefined()
  })

  it('forgets those that were seen longest ago', () => {
    const { lives } = livesAt()
    for (let index = 0; index < 10_000; index++) lives.see(`session ${index}`, { endsAt: 1000, wholeMs: 1000 })
    lives.see('session 0', { endsAt: 1000, wholeMs: 1000 })
    lives.see('one more', { endsAt: 1000, wholeMs: 1000 })
    expect(lives.endOf('session 1')).toBeUndefined()
    expect([lives.endOf('session 0'), lives.endOf('one more')]).toEqual([1000, 1000])
  })
})
