import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { SessionEvents } from 'sessera'
import { onTestFinished } from 'vitest'

/** Collects the messages of one event until the test is over. */
export function recordEvents<Name extends keyof SessionEvents>(name: Name): SessionEvents[Name][] {
  const messages: SessionEvents[Name][] = []
  const collect = (message: unknown): void => {
    messages.push(message as SessionEvents[Name])
  }
  subscribe(`sessera:${name}`, collect)
  onTestFinished(() => void unsubscribe(`sessera:${name}`, collect))
  return messages
}
