import { Cookie } from '../api/cookie.js'

export = Cookie
