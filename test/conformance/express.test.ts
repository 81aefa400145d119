import { describe, it } from 'vitest'
import { describeAdapter } from 'sessera/testing'
import { expressHarness } from './express-harness.js'

describeAdapter({ describe, it }, 'the Express adapter', expressHarness())
