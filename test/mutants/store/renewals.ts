import { moveExpiry, ownVersions, spoil, type StoreMutant } from './mutant.js'

const isStored = 'a renewal of the current version is stored, under the version it returns'

/** Sabotages of `renew`, in a store whose `replace` is good. */
export const renewalMutants: StoreMutant[] = [
  {
    name: 'renew throws',
    killedBy: isStored,
    sabotage: spoil(() => ({
      renew() {
        throw new Error('not implemented')
      },
    })),
  },
  {
    name: 'renew moves the expiry and keeps text and version',
    killedBy: isStored,
    sabotage: () => (below) => {
      const store = ownVersions(below)
      return {
        ...store,
        async renew(handle, expected, text, lifetimeMs) {
          const current = await store.load(handle)
          if (current?.version !== expected || !(lifetimeMs > 0))
            return store.replace(handle, expected, text, lifetimeMs)
          await moveExpiry(below, handle, lifetimeMs)
          return { status: 'replaced', version: expected }
        },
      }
    },
  },
]

/** The mutants of these whose fault is one of `replace`, with the same fault in `renew` instead. */
export function sameInRenew(mutants: readonly StoreMutant[]): StoreMutant[] {
  const caseOfReplace = /^a replacement|\bcalls of replace\b/
  return mutants
    .filter(({ killedBy }) => caseOfReplace.test(killedBy))
    .map(({ name, killedBy, sabotage }) => ({
      name: `renew: ${name}`,
      killedBy: killedBy.replace('a replacement', 'a renewal').replace('calls of replace', 'calls of renew'),
      sabotage: (clock) => {
        const spoilView = sabotage(clock)
        return (store) => {
          const spoilt = spoilView(store)
          return { ...spoilt, replace: store.replace, renew: spoilt.replace }
        }
      },
    }))
}
