import { createFront } from './front.js'
import { runFleet } from './run-fleet.js'

/** The fleet demo: three backend processes behind one port of this machine. Runs until it gets a signal. */
await runFleet({ size: 3, program: new URL('backend.js', import.meta.url), createFront: (fleet) => createFront(fleet) })
