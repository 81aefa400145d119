import { nextTick } from '../engine/timers.js'
import type { AnnouncementListener, Announcements } from '../announcements.js'

/** Announcements between those that share a store within this process. */
export function memoryAnnouncements(): Announcements {
  const listeners = new Set<AnnouncementListener>()
  return {
    async announce(text) {
      for (const listener of listeners) nextTick(() => void (listeners.has(listener) && listener.heard(text)))
    },
    watch(listener) {
      listeners.add(listener)
      return {
        delivers: true,
        async close() {
          listeners.delete(listener)
        },
      }
    },
  }
}
