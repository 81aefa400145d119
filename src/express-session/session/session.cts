import { Session } from '../session.js'

export = Session
