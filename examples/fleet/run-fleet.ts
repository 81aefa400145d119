import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFleet, type Fleet } from './fleet.js'

/** What to run. */
export interface FleetOptions {
  /** How many backends. */
  readonly size: number
  /** The program of a backend. It gets its number and `size`. */
  readonly program: URL
  /** Makes the server before them. `ending` aborts when it is to close. */
  readonly createFront: (fleet: Fleet, ending: AbortSignal) => Server
}

const endWithinMs = 2_000

/** Runs backend processes behind one port of this machine, `PORT` or 3000, until a signal comes. */
export async function runFleet({ size, program, createFront }: FleetOptions): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'sessera-fleet-'))
  const fleet = createFleet(size, program, { FLEET_DATA: data })
  const ending = new AbortController()
  const front = createFront(fleet, ending.signal)

  const end = async (exitCode: number): Promise<void> => {
    ending.abort()
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
    if (ending.signal.aborted) return // a signal came while the backends were starting
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
