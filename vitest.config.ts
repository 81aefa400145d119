import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    // Tests enter through the public import paths, and run what stands in src/, not an older build.
    alias: [
      { find: /^sessera$/, replacement: source('index.ts') },
      { find: 'sessera/express-session', replacement: source('express-session/index.ts') },
      { find: 'sessera/connect-redis', replacement: source('connect-redis/index.ts') },
      { find: /^sessera\/express$/, replacement: source('adapters/express.ts') },
      { find: 'sessera/callback-store', replacement: source('callback-store/index.ts') },
      { find: 'sessera/http', replacement: source('adapters/http.ts') },
      { find: 'sessera/lmdb', replacement: source('stores/lmdb/index.ts') },
      { find: 'sessera/redis', replacement: source('stores/redis/index.ts') },
      { find: 'sessera/testing', replacement: source('testing/index.ts') },
    ],
  },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Many tests start servers and processes of their own: more files at a time than cores would only make them wait.
    maxWorkers: 2,
  },
})
