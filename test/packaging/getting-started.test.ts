import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type BrowserRequest, openBrowser } from '../../src/testing/browser.js'
import { startApplication } from '../support/application.js'
import { formPost } from '../support/form.js'
import { openProject, root, type Project } from '../support/project.js'

const timeout = 60_000
const text = await readFile(join(root, 'docs/getting-started.md'), 'utf8')
const [application = '', commonJsHead = ''] = [...text.matchAll(/^```js.*\n([^]*?)^```$/gm)].map(([, code]) => code)
const routes = application.slice(application.indexOf('app.use(express.urlencoded'))

describe('the first application of docs/getting-started.md', () => {
  let project: Project

  beforeAll(async () => {
    project = await openProject()
    await project.link({ express: 'node_modules/express' })
  }, timeout)

  afterAll(() => project.remove())

  async function start(file: string, code: string): Promise<string> {
    const listening = "const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))"
    await project.write({ [file]: code.replace('app.listen(3000)', listening) })
    const { origin, stop } = await startApplication(join(project.folder, file))
    onTestFinished(stop)
    return origin
  }

  it.each([
    ['app.mjs', application],
    ['app.cjs', `${commonJsHead}${routes}`],
  ])('%s answers as the page says', { timeout }, async (file, code) => {
    const browser = openBrowser(await start(file, code))
    const ask = async (path: string, request?: BrowserRequest): Promise<string> =>
      (await browser.visit(path, request)).body
    expect(await ask('/')).toBe('Hello, stranger!\n')
    expect(await ask('/sign-in', formPost({ user: 'ada' }))).toBe('Found. Redirecting to /')
    expect(await ask('/')).toBe('Hello, ada!\n')
    const cookie = browser.cookies()
    expect(cookie).toMatch(/^session=./)
    expect(await ask('/sign-out', formPost({}))).toBe('Found. Redirecting to /')
    expect(await ask('/', { cookie })).toBe('Hello, stranger!\n')
  })
})
