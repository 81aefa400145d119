import { session } from '../index.js'
import Store = session.Store

export = Store
