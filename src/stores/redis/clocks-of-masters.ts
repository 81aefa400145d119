import type { Send } from './client.js'
import { serverClock, type LocalClock, type ServerClock } from './server-clock.js'

/** For a Cluster: the clock of the master that holds a key. Their clocks may differ, and two times are compared by one clock only. */
export function clocksOfMasters(
  shardOf: (key: string) => string,
  send: Send,
  localClock: LocalClock,
): (key: string) => ServerClock {
  const clocks = new Map<string, ServerClock>()
  return (key) => {
    const shard = shardOf(key)
    let clock = clocks.get(shard)
    if (clock === undefined) clocks.set(shard, (clock = serverClock(() => send(key, ['TIME']), localClock)))
    clock.refresh()
    return clock
  }
}
