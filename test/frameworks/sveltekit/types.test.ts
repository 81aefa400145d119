import { expect, it } from 'vitest'
import { runScript } from '../../support/commands.js'
import { ensurePackages } from '../../support/packages.js'

await ensurePackages('frameworks/sveltekit')

it("the adapter's types fit those of SvelteKit", { timeout: 120_000 }, async () => {
  const compiler = 'node_modules/typescript/bin/tsc'
  const { output } = await runScript(compiler, '--pretty', 'false', '-p', 'test/frameworks/sveltekit/types')
  expect(output.trim()).toBe('')
})
