import { createRequire } from 'node:module'
import { describe, it } from 'vitest'
import { describeAdapter } from 'sessera/testing'
import { hasPackages } from '../../support/commands.js'
import { harnessOf, type MakeApplication } from './express4-harness.js'

const require = createRequire(import.meta.url)
const express: MakeApplication = () => (require('express') as MakeApplication)()

describe.skipIf(!(await hasPackages('test/compatibility/express4')))('on Express 4', () => {
  describeAdapter({ describe, it }, 'the Express adapter', harnessOf(express))
})
