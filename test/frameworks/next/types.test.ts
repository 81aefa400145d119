import { expect, it } from 'vitest'
import { runScript } from '../../support/commands.js'
import { ensurePackages } from '../../support/packages.js'

await ensurePackages('frameworks/next')

it("the adapter's types fit those of Next", { timeout: 120_000 }, async () => {
  const compiler = 'node_modules/typescript/bin/tsc'
  const { output } = await runScript(compiler, '--pretty', 'false', '-p', 'test/frameworks/next/types')
  expect(output.trim()).toBe('')
})
