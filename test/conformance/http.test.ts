import { describe, it } from 'vitest'
import { describeAdapter } from 'sessera/testing'
import { httpHarness } from './http-harness.js'

describeAdapter({ describe, it }, 'the adapter for node:http', httpHarness)
