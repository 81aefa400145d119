import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFleet } from './fleet.js'
import { createFront } from './front.js'

const fleetSize = 3
const endWithinMs = 2_000

/** The fleet demo: three backend processes behind one port of this machine. Runs until it gets a signal. */
async function start(): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'sessera-fleet-'))
  const fleet = createFleet(fleetSize, { FLEET_DATA: data })
  const front = createFront(fleet)

  let ending = false
  const end = async (exitCode: number): Promise<void> => {
    ending = true
    const closed = front.listening ? once(front.close(), 'close') : undefined
    const impatience = setTimeout(() => front.closeAllConnections(), endWithinMs)
    await closed
    clearTimeout(impatience)
    await fleet.end()
    await rm(data, { recursive: true, force: true })
    process.exit(exitCode)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void end(0))

  try {
    front.listen(readPort(process.env.PORT), '127.0.0.1')
    await once(front, 'listening')
    await fleet.start()
    console.log(`Ready: http://127.0.0.1:${(front.address() as AddressInfo).port}`)
  } catch (error) {
    if (ending) return // a signal came while the backends were starting
    console.error(explain(error))
    await end(1)
  }
}

function readPort(text: string | undefined): number {
  const port = Number(text?.trim() || 3000)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new Error(`PORT must be a number from 0 to 65535, not "${text}".`)
}

function explain(error: unknown): string {
  const { code, message, port } = error as { readonly code?: string; readonly message: string; readonly port?: number }
  if (code !== 'EADDRINUSE') return message
  return `Port ${port} is in use: set PORT to another one, or to 0 for any that is free.`
}

await start()
