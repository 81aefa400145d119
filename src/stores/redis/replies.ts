import { StoreUnavailableError } from '../../errors.js'

/** For a reply that no server gives to this command, but a client made of it. */
export function unexpectedReply(command: string): StoreUnavailableError {
  return new StoreUnavailableError(
    `The Redis client gave an unexpected reply to ${command}; check that it is a plain client, not in legacy mode.`,
  )
}
