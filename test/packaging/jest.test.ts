import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runScript } from '../support/commands.js'
import { hasPackages } from '../support/packages.js'
import { openProject, root, type Project } from '../support/project.js'

const timeout = 120_000

const shopTest = `
const http = require('node:http')
const express = require('express')
const { createSessions, memoryStore, SesseraError } = require('sessera')
const { expressSessions } = require('sessera/express')
const { describeStore, fakeClock } = require('sessera/testing')

describeStore({ describe, it }, 'memory', {
  atomicity: 'process',
  users: true,
  list: true,
  journal: true,
  announcements: true,
  async open() {
    const clock = fakeClock()
    const store = memoryStore({ now: clock.now })
    return { store, advance: clock.advance, close: () => store.close() }
  },
})

it('signs in by a route of Express and is recognised', async () => {
  const app = express()
  app.use(expressSessions(createSessions()))
  app.get('/sign-in', (req, res) => { req.session.signIn('ada'); res.redirect('/') })
  app.get('/', (req, res) => res.send(req.session.userId ?? 'nobody'))
  const server = http.createServer(app)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = 'http://127.0.0.1:' + server.address().port
  const signedIn = await fetch(origin + '/sign-in', { redirect: 'manual' })
  const [cookie] = signedIn.headers.getSetCookie()[0].split(';')
  expect(await (await fetch(origin, { headers: { cookie } })).text()).toBe('ada')
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

it('knows its errors', () => {
  expect.assertions(1)
  try { createSessions({ idleTimeout: -1 }) } catch (error) { expect(SesseraError.is(error)).toBe(true) }
})
`

describe.skipIf(!(await hasPackages('packaging')))('under Jest, whose tests are CommonJS', () => {
  let project: Project

  beforeAll(async () => {
    project = await openProject()
    await project.link({ express: 'node_modules/express' })
    await project.write({ 'shop.test.js': shopTest })
  }, timeout)

  afterAll(() => project.remove())

  it('an application is tested, and a store by our suite', { timeout }, async () => {
    const jest = join(root, 'test/packaging/node_modules/jest/bin/jest.js')
    const cache = join(project.folder, 'cache')
    const flags = ['--rootDir', project.folder, '--cacheDirectory', cache, '--watchman=false', '--runInBand', '--ci']
    const { ok, output } = await runScript(jest, ...flags)
    expect(output).toMatch(/^Tests: +(\d+ skipped, )?\d{2,3} passed, \d+ total$/m)
    expect(ok).toBe(true)
  })
})
