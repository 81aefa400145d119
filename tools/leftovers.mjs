// A test that forgets a process makes the next run fail for reasons of its own, on a taken port or a busy core. A forgotten process has
// lost its parent, so it is known by the session it started in, or by a mark in its environment.
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export const mark = { SESSERA_TEST_RUN: String(process.pid) }

/** Ends what a child of ours, the leader of its session, left behind and did not end within two seconds. Linux only. */
export async function endLeftovers(leader) {
  if (process.platform !== 'linux') return []
  for (let tries = 0; tries < 20 && findProcesses(leader).length > 0; tries++) await sleep(100)
  return findProcesses(leader).map((pid) => {
    const name = `${pid} ${read(pid, 'cmdline').replaceAll('\0', ' ')}`
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended by itself meanwhile.
    }
    return name
  })
}

function findProcesses(leader) {
  const [entry] = Object.entries(mark).map((pair) => pair.join('='))
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false
    const [state, , , session] = read(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ')
    if (!state || state === 'Z') return false
    return Number(session) === leader || read(pid, 'environ').split('\0').includes(entry)
  })
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}
