import { MemoryStore } from '../memory-store.js'

export = MemoryStore
