import { describe, it } from 'vitest'
import { describeAdapter } from 'sessera/testing'
import { ensurePackages } from '../../support/packages.js'

await ensurePackages('frameworks/fetch')
const { fetchHarness } = await import('./harness.js')
const { honoHarness } = await import('./hono-harness.js')

describeAdapter({ describe, it }, 'the adapter for fetch', fetchHarness)
describeAdapter({ describe, it }, 'the adapter for Hono', honoHarness)
