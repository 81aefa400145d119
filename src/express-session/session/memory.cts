import { session } from '../index.js'
import MemoryStore = session.MemoryStore

export = MemoryStore
