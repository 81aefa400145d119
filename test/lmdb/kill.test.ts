import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Handle, newHandle, type SessionStore } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Acknowledgement } from './writer.js'
import { compileProgram } from '../support/compile-program.js'

const script = await compileProgram(new URL('writer.ts', import.meta.url))
const rounds = 7
const writersPerRound = 3
const hour = 3_600_000
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

let folder: string
let store: SessionStore
let writers: ChildProcess[]
let started: number

/** Kept here, outside of the processes that are killed. */
let acknowledged: { elements: Map<Handle, Set<string>>; ended: Set<Handle> }

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sessera-kill-'))
  store = lmdbStore({ path: folder })
  writers = []
  started = 0
  acknowledged = { elements: new Map(), ended: new Set() }
  for (let count = 0; count < 50; count++) {
    const handle = newHandle()
    await store.insert(handle, 'start', hour)
    acknowledged.elements.set(handle, new Set(['start']))
  }
})

afterEach(async () => {
  await Promise.all(writers.map(kill))
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

function startWriter(): ChildProcess {
  const name = `w${started++}`
  const writer = spawn(process.execPath, [script, folder, name, ...acknowledged.elements.keys()], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  writer.on('message', ({ handle, element }: Acknowledgement) => {
    if (element === undefined) acknowledged.ended.add(handle)
    else acknowledged.elements.get(handle)!.add(element)
  })
  return writer
}

/** Waits until the writer has told of that many more writes. Fails when it ends instead. */
function moreAcknowledgements(writer: ChildProcess, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('A writer ended by itself.'))
    const heard = (): void => {
      count -= 1
      if (count > 0) return
      writer.off('message', heard).off('exit', ended)
      resolve()
    }
    writer.on('message', heard).on('exit', ended)
  })
}

/** Kills, and waits until all that the process had told has arrived. */
async function kill(writer: ChildProcess): Promise<void> {
  if (writer.exitCode !== null || writer.signalCode !== null) return
  const ended = Promise.all([once(writer, 'exit'), once(writer, 'disconnect')])
  writer.kill('SIGKILL')
  await ended
}

/** Acknowledged elements that are missing and acknowledged ends that came undone. The writers may go on meanwhile. */
async function lost(): Promise<string[]> {
  const found: string[] = []
  for (const [handle, elements] of acknowledged.elements) {
    const expected = [...elements]
    const there = new Set((await store.load(handle))?.text.split(' '))
    found.push(...expected.filter((element) => !there.has(element)))
  }
  for (const handle of acknowledged.ended) if ((await store.load(handle)) !== undefined) found.push(`end of ${handle}`)
  return found
}

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
function seededRandom(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('processes that share an lmdb folder', () => {
  it(`lose no acknowledged write when ${rounds * writersPerRound} or more of them are killed under load`, async () => {
    console.log(`SEED=${seed}`)
    const random = seededRandom(seed)
    const atRandomPoint = async (writer: ChildProcess): Promise<void> => {
      await moreAcknowledgements(writer, 1 + Math.floor(random() * 40))
      await pause(random() * 10) // waits for nothing: so that it is killed at any point of a write
      await kill(writer)
      expect(await lost()).toEqual([])
    }

    const enoughHaveEnded = (): boolean => acknowledged.ended.size > rounds * writersPerRound
    for (let round = 0; round < rounds || !enoughHaveEnded(); round++) {
      // Those that live longer find the locks of the dead; those of the next round find only the file.
      writers = Array.from({ length: writersPerRound }, startWriter)
      await Promise.all(writers.map(atRandomPoint))
      expect(writers.map((writer) => writer.signalCode)).toEqual(writers.map(() => 'SIGKILL'))
    }

    expect(await lost()).toEqual([])
    expect(await store.insert(newHandle(), 'text', hour)).toBeDefined()
  }, 90_000)
})
