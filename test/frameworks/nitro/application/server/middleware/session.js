// The tests keep what they are about by the host that is visited; so the application is built once.
import { defineMiddleware } from 'nitro'

export default defineMiddleware((event, next) => globalThis.sesseraNitro.get(event.url.host).mount(event, next))
