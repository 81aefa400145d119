import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endProcess, endWithUs, firstOf, showErrors } from '../../support/processes.js'
import { compileProgram } from '../../support/compile-program.js'

/** A backend whose wall clock can be set while it runs; its monotonic clock cannot, like that of a real machine. */
export interface Backend {
  readonly origin: string
  /** How far its wall clock is off from now on, also against what it was set to before. */
  setClock(aheadMs: number): Promise<void>
  stop(): Promise<void>
}

const program = await compileProgram(new URL('backend.ts', import.meta.url))

export async function startBackend(redisPort: number): Promise<Backend> {
  const folder = await mkdtemp(join(tmpdir(), 'sessera-clock-'))
  const file = join(folder, 'clock')
  await writeFile(file, '+0\n')
  const child = fork(program, [String(redisPort)], {
    env: {
      ...process.env,
      LD_PRELOAD: findLibrary(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      // Under either name, by its version.
      DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  endWithUs(child)
  showErrors(child)
  const port = (await firstOf(child, once(child, 'message'))) as number

  async function askClock(): Promise<number> {
    const answered = once(child, 'message')
    child.send('time')
    const [time] = (await answered) as [number]
    return time - Date.now()
  }

  return {
    origin: `http://127.0.0.1:${port}`,
    async setClock(aheadMs) {
      // Renamed over, so that it is never read half-written.
      await writeFile(`${file}.new`, `${aheadMs < 0 ? '' : '+'}${aheadMs / 1000}\n`)
      await rename(`${file}.new`, file)
      const off = await askClock()
      if (Math.abs(off - aheadMs) > 60_000) throw new Error(`The clock was not set: it is off by ${off} ms.`)
    },
    async stop() {
      await endProcess(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function findLibrary(): string {
  return execFileSync('faketime', ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim()
}
