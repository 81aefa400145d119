// The tests pass what they are about in `platform`; so the application is built once.
import { error, redirect } from '@sveltejs/kit'

export const handle = (input) => input.event.platform.handle(input, { error, redirect })
export const handleError = ({ error, event }) => event.platform.handleError?.(error)
