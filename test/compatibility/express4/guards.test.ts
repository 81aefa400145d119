import { describe } from 'vitest'
import { describeGuards, type ExpressModule } from '../../behaviour/express/guard-cases.js'
import { hasPackages, requireFrom } from '../../support/packages.js'

const areThere = await hasPackages('compatibility')

describe.skipIf(!areThere)('the guards', () => {
  if (areThere) describeGuards('Express 4', requireFrom('compatibility')('express4') as ExpressModule)
})
