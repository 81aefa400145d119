import { describe, it } from 'vitest'
import { describeAdapter } from 'sessera/testing'
import { ensurePackages } from '../../support/packages.js'

await ensurePackages('frameworks/nest')
const { nestHarness } = await import('./nest-harness.js')

describeAdapter({ describe, it }, 'the adapter for Express under Nest', nestHarness('express'))
describeAdapter({ describe, it }, 'the adapter for Fastify under Nest', nestHarness('fastify'))
