import { Cookie } from '../cookie.js'

export = Cookie
