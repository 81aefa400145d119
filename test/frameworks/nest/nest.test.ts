import { describe, it } from 'vitest'
import { describeAdapter } from 'sessera/testing'
import { nestHarness } from './nest-harness.js'

describeAdapter({ describe, it }, 'the adapter for Nest on Express', nestHarness('express'))
describeAdapter({ describe, it }, 'the adapter for Nest on Fastify', nestHarness('fastify'))
