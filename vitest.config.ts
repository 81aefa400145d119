import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests enter through the public import paths, which tsconfig.json leads to src/: not to an older build.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Many tests start servers and processes of their own: more files at a time than cores would only make them wait.
    maxWorkers: 2,
  },
})
