import { describe, it } from 'vitest'
import { describeAdapter } from 'sessera/testing'
import { hasPackages, requireFrom } from '../../support/packages.js'
import { harnessOf, type MakeApplication } from './express4-harness.js'

const express: MakeApplication = () => (requireFrom('compatibility')('express4') as MakeApplication)()

describe.skipIf(!(await hasPackages('compatibility')))('on Express 4', () => {
  describeAdapter({ describe, it }, 'the Express adapter', harnessOf(express))
})
