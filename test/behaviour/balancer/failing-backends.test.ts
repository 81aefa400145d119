import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Fleet, startFleet } from '../../support/balancer/fleet.js'
import { type Load, type LoadReport, startLoad } from '../../support/balancer/load.js'
import { type HAProxy, type Nginx, startHAProxy, startNginx } from '../../support/balancer/proxies.js'
import { openStreet, type Street } from '../../support/balancer/visitor.js'

const users = 6
const names = [1, 2, 3]

// What one visitor has under way at a kill, and once more: a dying process does not close all its connections at once.
const mostFailures = 2 * users * names.length

let fleet: Fleet
let haproxy: HAProxy
let nginx: Nginx
let street: Street

beforeAll(async () => {
  fleet = await startFleet()
  haproxy = await startHAProxy(fleet.ports)
  nginx = await startNginx(fleet.ports)
}, 90_000)

afterEach(() => street?.close())

afterAll(async () => {
  await haproxy?.stop()
  await nginx?.stop()
  await fleet?.stop()
})

/** Nobody is signed out, and what was acknowledged is there, once. */
function expectNothingLost({ acknowledged, failed, ...harm }: LoadReport, what: string): void {
  console.log(`${what}: ${acknowledged} requests acknowledged, ${failed.length} failed: ${summary(failed)}`)
  expect(harm).toEqual({ lost: [], repeated: [], signedOut: [] })
}

function summary(failed: readonly string[]): string {
  const kinds = [...new Set(failed)]
  return kinds.map((kind) => `${failed.filter((other) => other === kind).length} × ${kind}`).join(', ') || 'none'
}

async function killInTurn(load: Load, isBack: (name: number) => Promise<void>): Promise<void> {
  for (const name of names) {
    await load.more(30)
    await fleet.kill(name)
    await load.more(30) // by the two others
    await fleet.start(name)
    await isBack(name)
  }
  await load.more(30)
}

describe('a backend killed under load', () => {
  it('behind HAProxy, costs nobody a session or an acknowledged write, and fails only what was under way', async () => {
    street = openStreet(haproxy)
    const load = await startLoad(street, users)
    await killInTurn(load, (name) => haproxy.sees(name, 'UP'))

    const report = await load.finish()
    expectNothingLost(report, 'Killed behind HAProxy')
    expect(report.failed).not.toContain('503') // its answer when a connection fails and nobody else is asked
    expect(report.failed.length).toBeLessThanOrEqual(mostFailures)
  }, 180_000)

  it('behind nginx, costs nobody a session or an acknowledged write, and fails only what was under way', async () => {
    street = openStreet(nginx)
    const load = await startLoad(street, users)
    await killInTurn(load, async () => {})

    const report = await load.finish()
    expectNothingLost(report, 'Killed behind nginx')
    expect(report.failed.length).toBeLessThanOrEqual(mostFailures)
  }, 180_000)
})

describe('a backend that is told to end', () => {
  it('answers the slow request that it has, and is sent no other', async () => {
    street = openStreet(haproxy)
    const visitor = street.visitor()
    await visitor.post('/sign-in?user=ada')
    const slow = visitor.post('/slow?gate=last')
    const name = await fleet.reached('last')
    const ended = fleet.end(name)
    await haproxy.sees(name, 'DOWN')

    const backends = []
    for (let count = 0; count < 6; count++) backends.push((await visitor.me()).backend)
    expect(backends).not.toContain(String(name))
    fleet.open('last')
    expect(await slow).toMatchObject({ status: 204, backend: String(name) })
    await ended
    expect((await visitor.me()).data).toEqual({ last: 'yes' })

    await fleet.start(name)
    await haproxy.sees(name, 'UP')
  }, 60_000)
})

describe('a rolling restart under load', () => {
  it('behind HAProxy, whose checks see a backend leave, fails no request at all', async () => {
    street = openStreet(haproxy)
    const load = await startLoad(street, users)
    for (const name of names) {
      await load.more(30)
      await fleet.end(name)
      await load.more(30)
      await fleet.start(name)
      await haproxy.sees(name, 'UP')
    }
    await load.more(30)

    const report = await load.finish()
    expectNothingLost(report, 'Restarted behind HAProxy')
    expect(report.failed).toEqual([])
  }, 180_000)

  it('behind nginx, which is told who leaves, costs nobody a session or an acknowledged write', async () => {
    street = openStreet(nginx)
    const load = await startLoad(street, users)
    for (const name of names) {
      await load.more(30)
      nginx.takeOut(name)
      const ended = fleet.end(name)
      await failChecks(fleet.ports[name - 1]!)
      await ended
      await load.more(30)
      await fleet.start(name)
      nginx.takeOut(undefined)
    }
    await load.more(30)

    expectNothingLost(await load.finish(), 'Restarted behind nginx')
  }, 180_000)
})

/** Asks for the health until the backend has understood that it is out. */
async function failChecks(port: number): Promise<void> {
  const check = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: 'close' } }).then(
      () => true,
      () => false,
    )
  while (await check()) await new Promise(setImmediate)
}
