// `npm run dev`: the fleet demo, built and started anew whenever src/ or examples/ change. A build that fails leaves the
// running fleet alone.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join } from 'node:path'
import { compile } from './compile.mjs'
import { ensurePackages } from './install.mjs'
import { root } from './run.mjs'

let fleet
let work = Promise.resolve()
let timer

await ensurePackages()
await rebuild()
for (const folder of ['src', 'examples']) watch(join(root, folder), { recursive: true }, onChange)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stopFleet().then(() => process.exit()))

// An editor saves in several steps: wait until it is quiet, and finish one build before the next.
function onChange() {
  clearTimeout(timer)
  timer = setTimeout(() => {
    work = work.then(rebuild)
  }, 150)
}

async function rebuild() {
  const { ok, output } = await compile()
  if (output) console.log(output)
  if (!ok || (fleet && !output)) return
  await stopFleet()
  fleet = spawn(process.execPath, ['build/examples/fleet/start.js'], { cwd: root, stdio: 'inherit' })
}

async function stopFleet() {
  if (!fleet || fleet.exitCode !== null || fleet.signalCode !== null) return
  const ended = once(fleet, 'exit')
  fleet.kill('SIGTERM')
  await ended
}
