import { afterAll, describe, it, vi } from 'vitest'
import { describeAdapter } from 'sessera/testing'
import { ensurePackages } from '../../support/packages.js'

// The cases make errors on purpose.
const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
afterAll(() => printed.mockRestore())

await ensurePackages('frameworks/fetch')
const { fetchHarness } = await import('./harness.js')
const { honoHarness } = await import('./hono-harness.js')

describeAdapter({ describe, it }, 'the adapter for fetch', fetchHarness)
describeAdapter({ describe, it }, 'the adapter for Hono', honoHarness)
