import { Store } from '../api/store.js'

export = Store
