import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasPackages } from '../../support/packages.js'
import { mustWork } from '../../support/project.js'
import { runToEnd } from '../../support/application.js'
import { compare, type Comparison } from './compare.js'
import { clearsCookie } from './improvements.js'
import { root, type Side, type Workshop } from './workshop.js'

const tsc = join(root, 'node_modules/typescript/bin/tsc')
const flags = '--ignoreConfig --target es2022 --module nodenext --strict --esModuleInterop --skipLibCheck --types node'

/** Compiles an application of a folder, and says which file then runs. */
async function compile(workshop: Workshop, side: Side, file: string): Promise<string> {
  mustWork(await runToEnd([tsc, ...flags.split(' '), workshop.path(side, file)]))
  return file.replace('ts', 'js')
}

const oldForm: Comparison = { originals: { 'connect-redis': 'connect-redis6' } }

describe.skipIf(!(await hasPackages('compatibility')))(
  'the first example of connect-redis',
  { timeout: 60_000 },
  () => {
    it.each([
      ['seed.cjs', "CommonJS, `const { RedisStore } = require('connect-redis')`", {}],
      ['seed-of-2022.cjs', "CommonJS, `require('connect-redis')(session)`", oldForm],
      ['seed.mjs', "an ES module, `import session, { Store } from 'express-session'`", {}],
      ['seed.ts', "TypeScript, `import session, { Store } from 'express-session'`", { compile }],
      ['seed-required.cts', "TypeScript, `import session = require('express-session')`", { compile }],
    ])('%s runs as written: %s', async (file, _form, comparison) => {
      const differences = await compare(
        file,
        async (visitor) => {
          for (const visit of [1, 2, 3]) {
            expect((await visitor.ask(`comes, ${visit}`, 'get /')).body).toBe(`Visit ${visit}, true`)
          }
          await visitor.ask('signs out', 'post /sign-out')
          expect(await visitor.records()).toEqual([])
          expect((await visitor.ask('comes again', 'get /')).body).toBe('Visit 1, true')
        },
        comparison,
      )
      expect(differences).toEqual({ 'signs out': clearsCookie() })
    })
  },
)
