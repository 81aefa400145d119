import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runScript } from '../support/commands.js'
import { openProject } from '../support/project.js'

const application = `
const session = require('sessera/express-session')
session({ secret: 'keyboard cat', resave: false })
new session.Cookie().maxAge = new Date()`

it('a deprecation names the place in the application, though the files of the package are bundled', async () => {
  const project = await openProject()
  onTestFinished(() => project.remove())
  await project.write({ 'app.cjs': application })
  const { output } = await runScript(join(project.folder, 'app.cjs'))
  const places = output.split('\n').map((line) => line.split(' at ').at(-1))
  expect(places).toEqual(['app.cjs:3:1', 'app.cjs:4:29'].map((place) => expect.stringMatching(`${place}$`)))
}, 120_000)
