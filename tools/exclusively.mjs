// Two commands started at once in one folder would install and build over each other; the second one waits.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { root } from './run.mjs'

const lock = join(root, 'build/lock')

/** Runs `task` while no other command of this folder is inside one. A lock whose owner has died is taken over. */
export async function exclusively(task) {
  mkdirSync(join(root, 'build'), { recursive: true })
  while (!takeLock()) {
    if (!isAlive(readOwner())) rmSync(lock, { force: true })
    else await delay(100)
  }
  try {
    return await task()
  } finally {
    rmSync(lock, { force: true })
  }
}

function takeLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function readOwner() {
  try {
    return Number(readFileSync(lock, 'utf8'))
  } catch {
    return 0
  }
}

// 0 stands for a lock that was just taken or just given back: ask again.
function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
