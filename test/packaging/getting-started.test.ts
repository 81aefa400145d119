import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startApplication } from '../support/application.js'
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
    const origin = await start(file, code)
    let cookie = ''
    const ask = async (path: string, form?: Record<string, string>): Promise<string> => {
      const body = form && new URLSearchParams(form)
      const answer = await fetch(origin + path, {
        headers: { cookie },
        redirect: 'manual',
        ...(body && { method: 'POST', body }),
      })
      cookie ||= answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
      return answer.text()
    }
    expect(await ask('/')).toBe('Hello, stranger!\n')
    expect(await ask('/sign-in', { user: 'ada' })).toBe('Found. Redirecting to /')
    expect(await ask('/')).toBe('Hello, ada!\n')
    expect(await ask('/sign-out', {})).toBe('Found. Redirecting to /')
    expect(cookie).toMatch(/^session=./)
    expect(await ask('/')).toBe('Hello, stranger!\n')
  })
})
