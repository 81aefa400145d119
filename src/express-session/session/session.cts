import { Session } from '../api/session.js'

export = Session
