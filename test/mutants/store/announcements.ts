import type { AnnouncementListener, AnnouncementWatch } from 'sessera'
import { aWhile, type StoreMutant, withAnnouncements } from './mutant.js'

const announced = 'announce() resolves, whether or not somebody watches'
const watched = 'watch() begins at once, and its close() resolves, also when called again'
const heard = 'what one process announces, all hear that watch, itself too: once, and unchanged'
const closed = 'who has closed its watch hears nothing any more; the others do'
const storeClosed =
  'the watch of a closed store hears, or says that it does not deliver; those of other processes go on'
const recovered = 'a watch that begins while the backend is down delivers once its backend is back, and says so'

type Watch = (listener: AnnouncementListener) => AnnouncementWatch

/** Sabotages of announcements. */
export const announcementMutants: StoreMutant[] = [
  {
    name: 'cannot announce while nobody watches',
    killedBy: announced,
    sabotage: () => {
      let watches = 0
      return (store) =>
        withAnnouncements(store, ({ announce, watch }) => ({
          watch: (listener) => ((watches += 1), watch(listener)),
          announce: async (text) => (watches > 0 ? announce(text) : Promise.reject(new Error('nobody listens'))),
        }))
    },
  },
  {
    name: 'cannot be watched twice',
    killedBy: watched,
    sabotage: () => (store) => {
      let isWatched = false
      return withAnnouncements(store, ({ watch }) => ({
        watch(listener) {
          if (isWatched) throw new Error('already watching')
          isWatched = true
          return watch(listener)
        },
      }))
    },
  },
  {
    name: 'cannot close a watch twice',
    killedBy: watched,
    sabotage: watching((watch) => (listener) => {
      const { delivers, close } = watch(listener)
      let isOpen = true
      return {
        delivers,
        async close() {
          if (!isOpen) throw new Error('already closed')
          isOpen = false
          await close()
        },
      }
    }),
  },
  {
    name: 'does not say whether a watch delivers',
    killedBy: watched,
    sabotage: watching((watch) => (listener) => ({ ...watch(listener), delivers: undefined as unknown as boolean })),
  },
  {
    name: 'does not tell the process that announces',
    killedBy: heard,
    sabotage: telling((isOwn, tell) => !isOwn && tell()),
  },
  {
    name: 'tells nobody but the process that announces',
    killedBy: heard,
    sabotage: telling((isOwn, tell) => isOwn && tell()),
  },
  { name: 'tells everything twice', killedBy: heard, sabotage: telling((_isOwn, tell) => (tell(), tell())) },
  {
    name: 'tells the last listener of a process only',
    killedBy: heard,
    sabotage: () => (store) => {
      let last: AnnouncementListener | undefined
      return withAnnouncements(store, ({ watch }) => ({
        watch: (listener) =>
          watch({ ...(last = listener), heard: (text) => void (last === listener && listener.heard(text)) }),
      }))
    },
  },
  {
    name: 'trims announcements',
    killedBy: heard,
    sabotage: () => (store) =>
      withAnnouncements(store, ({ announce }) => ({ announce: (text) => announce(text.trim()) })),
  },
  {
    name: 'goes on telling when a watch is closed',
    killedBy: closed,
    sabotage: watching((watch) => (listener) => ({ ...watch(listener), close: async () => {} })),
  },
  {
    name: 'closes all watches with the first one',
    killedBy: closed,
    sabotage: () => (store) => {
      const open = new Set<AnnouncementWatch>()
      return withAnnouncements(store, ({ watch }) => ({
        watch(listener) {
          const one = watch(listener)
          open.add(one)
          const close = async (): Promise<void> => void (await Promise.all([...open].map((each) => each.close())))
          return { delivers: one.delivers, close }
        },
      }))
    },
  },
  {
    name: 'tells nobody any more once all watches were closed',
    killedBy: 'when all have closed their watches, one can begin again',
    sabotage: () => (store) => {
      let open = 0
      let isOver = false
      return withAnnouncements(store, ({ watch }) => ({
        watch(listener) {
          const { delivers, close } = watch({ ...listener, heard: (text) => void (isOver || listener.heard(text)) })
          open += 1
          return { delivers, close: async () => ((isOver ||= --open === 0), close()) }
        },
      }))
    },
  },
  {
    name: 'begins to deliver later, and does not say so',
    killedBy: 'a watch that does not deliver yet says so when it does',
    sabotage: watching((watch) => (listener) => {
      const { close } = watch(listener)
      let delivers = false
      void aWhile().then(() => (delivers = true))
      return {
        get delivers() {
          return delivers
        },
        close,
      }
    }),
  },
  {
    name: 'once closed, says that it delivers and does not',
    killedBy: storeClosed,
    sabotage: () => (store) => {
      let isClosed = false
      const spoilt = withAnnouncements(store, ({ watch }) => ({
        watch: (listener) => watch({ ...listener, heard: (text) => void (isClosed || listener.heard(text)) }),
      }))
      return { ...spoilt, close: async () => void (isClosed = true) }
    },
  },
  {
    name: 'closes the watches of all processes',
    killedBy: storeClosed,
    sabotage: () => {
      const watches: AnnouncementWatch[] = []
      return (store) => {
        const spoilt = withAnnouncements(store, ({ watch }) => ({
          watch(listener) {
            const one = watch(listener)
            watches.push(one)
            return one
          },
        }))
        return { ...spoilt, close: async () => void (await Promise.all(watches.map((one) => one.close()))) }
      }
    },
  },
  {
    name: 'does not say that it delivers again',
    killedBy: recovered,
    sabotage: watching((watch) => (listener) => watch({ ...listener, interrupted: () => {} })),
  },
  {
    name: 'gives up listening when the backend is down',
    killedBy: recovered,
    sabotage: () => (store) =>
      withAnnouncements(store, ({ watch }) => ({
        watch(listener) {
          let isDeaf = false
          const { delivers, close } = watch({ ...listener, heard: (text) => void (isDeaf || listener.heard(text)) })
          store.ready!().catch(() => (isDeaf = true))
          return { delivers, close }
        },
      })),
  },
]

function watching(change: (watch: Watch) => Watch): StoreMutant['sabotage'] {
  return () => (store) => withAnnouncements(store, ({ watch }) => ({ watch: change(watch) }))
}

/** Decides at each listener whether, and how often, it is told what its own process or another one has announced. */
function telling(decide: (isOwn: boolean, tell: () => void) => unknown): StoreMutant['sabotage'] {
  return () => (store) => {
    const own = new Set<string>()
    return withAnnouncements(store, ({ announce, watch }) => ({
      announce: (text) => (own.add(text), announce(text)),
      watch: (listener) =>
        watch({ ...listener, heard: (text) => void decide(own.has(text), () => listener.heard(text)) }),
    }))
  }
}
