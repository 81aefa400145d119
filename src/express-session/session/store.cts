import { Store } from '../store.js'

export = Store
