import { session } from '../index.js'
import Cookie = session.Cookie

export = Cookie
