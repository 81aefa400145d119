/** Counts what was done, for who waits for more of it. */
export interface Progress {
  readonly total: number
  add(): void
  /** Resolves when that many more things are done. */
  more(count: number): Promise<void>
}

export function createProgress(): Progress {
  const waiting = new Set<{ readonly wanted: number; readonly resolve: () => void }>()
  let total = 0
  return {
    get total() {
      return total
    },
    add() {
      total++
      for (const each of waiting) {
        if (total < each.wanted) continue
        waiting.delete(each)
        each.resolve()
      }
    },
    more: (count) => new Promise((resolve) => void waiting.add({ wanted: total + count, resolve })),
  }
}
