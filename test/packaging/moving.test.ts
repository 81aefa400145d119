import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type BrowserRequest, openBrowser } from '../../src/testing/browser.js'
import { startApplication } from '../support/application.js'
import { formPost } from '../support/form.js'
import { startRedis, type RedisServer } from '../support/servers/redis.js'
import { openProject, root, type Project } from '../support/project.js'

const timeout = 60_000
const page = await readFile(join(root, 'docs/moving-from-express-session.md'), 'utf8')
const [application = ''] = [...page.matchAll(/^```js.*\n([^]*?)^```$/gm)].map(([, code]) => code).slice(1)

describe('the application of docs/moving-from-express-session.md', () => {
  let project: Project
  let redis: RedisServer

  beforeAll(async () => {
    redis = await startRedis()
    project = await openProject()
    await project.link({ express: 'node_modules/express', redis: 'node_modules/redis' })
  }, timeout)

  afterAll(async () => {
    await project.remove()
    await redis.stop()
  })

  async function start(): Promise<string> {
    const listening = "const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))"
    await project.write({ 'app.mjs': application.replace('app.listen(3000)', listening) })
    const { origin, stop } = await startApplication(join(project.folder, 'app.mjs'), { REDIS_URL: redis.url })
    onTestFinished(stop)
    return origin
  }

  it('signs in and out, on two instances that share what Redis has', { timeout }, async () => {
    const [one, other] = [await start(), await start()]
    const browser = openBrowser(one)
    const ask = async (url: string, request?: BrowserRequest): Promise<string> =>
      (await browser.visit(url, request)).body
    expect(await ask(`${one}/`)).toBe('stranger, 1 views\n')
    expect(await ask(`${other}/`)).toBe('stranger, 2 views\n')
    expect(await ask(`${one}/sign-in`, formPost({ user: 'ada' }))).toBe('Found. Redirecting to /')
    expect(await ask(`${other}/`)).toBe('ada, 1 views\n')
    const signedIn = browser.cookies()
    expect(signedIn).toMatch(/^connect\.sid=s%3A/)
    expect(await ask(`${other}/sign-out`, formPost({}))).toBe('Found. Redirecting to /')
    expect(browser.cookies()).toBe('')
    expect(await ask(`${one}/`, { cookie: signedIn })).toBe('stranger, 1 views\n')
  })
})
