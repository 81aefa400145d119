import { session } from './index.js'

// Node finds the names for `import { Store } from` by reading these lines.
exports.Store = session.Store
exports.Cookie = session.Cookie
exports.Session = session.Session
exports.MemoryStore = session.MemoryStore

export = session
