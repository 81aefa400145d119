import { session } from '../index.js'
import Session = session.Session

export = Session
