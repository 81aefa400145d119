/** One direction of a connection: delivers bytes in their order, each when it is due, and none while they are held. */
export interface Lane {
  /** `dueAt`, by `performance.now()`: never before what was put earlier. */
  put(bytes: Buffer, dueAt: number): void
  hold(): void
  /** Delivers what was held and is due. */
  release(): void
  /** Forgets what was not delivered. */
  clear(): void
}

export function createLane(deliver: (bytes: Buffer) => void): Lane {
  let queue: { readonly bytes: Buffer; readonly dueAt: number }[] = []
  let isHeld = false
  let timer: NodeJS.Timeout | undefined

  function deliverDue(): void {
    clearTimeout(timer)
    timer = undefined
    while (!isHeld && queue.length > 0) {
      const wait = queue[0]!.dueAt - performance.now()
      if (wait > 0) {
        timer = setTimeout(deliverDue, wait)
        return
      }
      deliver(queue.shift()!.bytes)
    }
  }

  return {
    put(bytes, dueAt) {
      queue.push({ bytes, dueAt: Math.max(dueAt, queue.at(-1)?.dueAt ?? 0) })
      if (timer === undefined) deliverDue()
    },
    hold() {
      isHeld = true
    },
    release() {
      isHeld = false
      deliverDue()
    },
    clear() {
      clearTimeout(timer)
      queue = []
    },
  }
}
