import { describe, it } from 'vitest'
import { describeAdapter } from 'sessera/testing'
import { hasPackages } from '../../support/packages.js'
import { koaHarness } from './koa-harness.js'

describe.skipIf(!(await hasPackages('frameworks')))('in its framework', () => {
  describeAdapter({ describe, it }, 'the adapter for Koa 3', koaHarness('koa'))
  describeAdapter({ describe, it }, 'the adapter for Koa 2', koaHarness('koa2'))
})
