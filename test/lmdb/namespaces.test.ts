import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endProcess, endWithUs, firstOf } from '../support/processes.js'
import { compileProgram } from '../support/compile-program.js'

const timeout = 40_000
const script = await compileProgram(new URL('neighbour.ts', import.meta.url))
const inNamespace = findUnshare()
const orWhyNot = inNamespace === undefined ? ' (skipped: unshare may not make pid namespaces here)' : ''
let folder: string
let children: ChildProcess[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessera-namespaces-'))
  children = []
})

afterEach(async () => {
  await Promise.all(children.map((child) => endProcess(child, 'SIGKILL')))
  rmSync(folder, { recursive: true, force: true })
})

/** What to put before a command so that it is process 1 of a new pid namespace, as in a container. */
function findUnshare(): readonly string[] | undefined {
  const ways = [[], ['--user', '--map-root-user']].map((more) => [
    'unshare',
    ...more,
    '--pid',
    '--fork',
    '--mount-proc',
    '--kill-child',
  ])
  return ways.find(([program = '', ...args]) => spawnSync(program, [...args, 'true']).status === 0)
}

interface Neighbour {
  readonly child: ChildProcess
  readonly lines: Interface
  /** What it came to, in a moment. */
  readonly said: Record<string, unknown>
}

async function startNeighbour(way: 'once' | 'stay', before: readonly string[] = inNamespace!): Promise<Neighbour> {
  const [program, ...args] = [...before, process.execPath, script, folder, way]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  endWithUs(child)
  children.push(child)
  const lines = createInterface(child.stdout)
  const said = String(await firstOf(child, once(lines, 'line')))
  return { child, lines, said: JSON.parse(said) as Record<string, unknown> }
}

const refusal = { code: 'INVALID_OPTION', message: expect.stringContaining('another pid namespace') }

describe.skipIf(inNamespace === undefined)(`pid namespaces on one lmdb folder${orWhyNot}`, { timeout }, () => {
  it('while processes of one use it, those of another are refused', async () => {
    const first = await startNeighbour('stay')
    expect(first.said).toMatchObject({ text: 'text' })
    expect((await startNeighbour('once')).said).toEqual(refusal)
    expect((await startNeighbour('once', [])).said).toEqual(refusal)
  })

  it('of two that start at once one is refused', async () => {
    const said = (await Promise.all([startNeighbour('stay'), startNeighbour('stay')])).map(
      (neighbour) => neighbour.said,
    )
    expect(said.filter((each) => each['text'] === 'text')).toHaveLength(1)
    expect(said.filter((each) => each['code'] === 'INVALID_OPTION')).toHaveLength(1)
  })

  it('when the processes of one were killed, those of another take over', async () => {
    const first = await startNeighbour('stay')
    await endProcess(first.child, 'SIGKILL')
    expect((await startNeighbour('once')).said).toMatchObject({ text: 'text' })
  })

  it('long after the last of one nobody waits', async () => {
    await startNeighbour('once')
    const ago = new Date(Date.now() - 60_000)
    utimesSync(join(folder, 'namespace'), ago, ago)
    const { said } = await startNeighbour('once')
    expect(said).toMatchObject({ text: 'text' })
    expect(said['openedInMs']).toBeLessThan(2000)
  })

  it('several processes of one use it together, and none waits', async () => {
    const first = await startNeighbour('stay', [])
    const second = await startNeighbour('once', [])
    for (const { said } of [first, second]) expect(said).toMatchObject({ text: 'text' })
    expect(second.said['openedInMs']).toBeLessThan(2000)
  })

  it('a process that another one took the folder from uses it no more', async () => {
    const first = await startNeighbour('stay')
    const path = join(folder, 'namespace')
    writeFileSync(`${path}-other`, readFileSync(path, 'utf8').replace(/\d+/, '0'))
    renameSync(`${path}-other`, path)
    const [line] = (await once(first.lines, 'line')) as [string]
    expect(JSON.parse(line)).toEqual({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('another pid namespace'),
    })
  })
})
