import { error, redirect } from '@sveltejs/kit'

export const load = (event) => event.platform.load?.(event, { error, redirect })
export const actions = { default: (event) => event.platform.act(event, { error, redirect }) }
