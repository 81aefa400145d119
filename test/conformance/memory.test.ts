import { memoryStore } from 'sessera'
import { describeStore, fakeClock } from 'sessera/testing'
import { describe, it } from 'vitest'

describeStore({ describe, it }, 'memoryStore', {
  atomicity: 'process',
  users: true,
  list: true,
  journal: true,
  announcements: true,
  async open() {
    const clock = fakeClock()
    const store = memoryStore({ now: clock.now })
    return { store, advance: clock.advance, close: () => store.close() }
  },
})
