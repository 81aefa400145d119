import { expect, it } from 'vitest'
import { runScript } from '../../support/commands.js'
import { ensurePackages } from '../../support/packages.js'

await ensurePackages('frameworks/fetch')

it("the adapters' types fit those of the frameworks", { timeout: 120_000 }, async () => {
  const { output } = await runScript(
    'node_modules/typescript/bin/tsc',
    '--pretty',
    'false',
    '-p',
    'test/frameworks/fetch/types',
  )
  expect(output.trim()).toBe('')
})
