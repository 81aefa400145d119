import { createRequire } from 'node:module'
import { describe, it } from 'vitest'
import { describeAdapter } from 'sessera/testing'
import { hasPackages } from '../packaging/commands.js'
import { harnessOf, type MakeApplication } from './express4-harness.js'

const require = createRequire(import.meta.url)
const express: MakeApplication = () => (require('express') as MakeApplication)()

describe.skipIf(!(await hasPackages('test/express4')))('on Express 4', () => {
  describeAdapter({ describe, it }, 'the Express adapter', harnessOf(express))
})
