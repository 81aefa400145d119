// A test that forgets a process makes the next run fail for reasons of its own, on a taken port or a busy core. A forgotten
// process has lost its parent, so it is known by the session it started in, or by a mark in its environment.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

export const mark = { name: 'SESSERA_TEST_RUN', value: String(process.pid) }

/**
 * Ends and names what a child of ours, the leader of its session, left behind. What was told to end gets two seconds for it.
 * On Linux only; elsewhere it finds nothing.
 */
export async function endLeftovers(leader) {
  if (process.platform !== 'linux') return []
  for (let tries = 0; tries < 20 && findProcesses(leader).length > 0; tries++) await delay(100)
  return findProcesses(leader).map((pid) => {
    const command = read(pid, 'cmdline').replaceAll('\0', ' ')
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended by itself meanwhile.
    }
    return `${pid} ${command}`
  })
}

function findProcesses(leader) {
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  return others.filter((pid) => {
    const [state, , , session] = read(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ')
    if (!state || state === 'Z') return false
    return Number(session) === leader || read(pid, 'environ').split('\0').includes(`${mark.name}=${mark.value}`)
  })
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}
