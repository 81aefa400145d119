import { defineHandler, serverFetch } from 'nitro'
import { HTTPError, redirect, setCookie } from 'nitro/h3'

const nitro = { HTTPError, redirect, serverFetch, setCookie }

export default defineHandler((event) => globalThis.sesseraNitro.get(event.url.host).respond(event, nitro))
