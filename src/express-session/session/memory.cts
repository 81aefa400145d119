import { MemoryStore } from '../api/memory-store.js'

export = MemoryStore
