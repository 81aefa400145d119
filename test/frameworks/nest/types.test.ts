import { expect, it } from 'vitest'
import { runScript } from '../../support/commands.js'

it("Nest's decorators take what the adapter gives", { timeout: 120_000 }, async () => {
  const compiler = 'node_modules/typescript/bin/tsc'
  const { output } = await runScript(compiler, '--pretty', 'false', '-p', 'test/frameworks/nest/types')
  expect(output.trim()).toBe('')
})
