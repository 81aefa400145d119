import { describeSmokeRun } from './smoke.js'
import { ours } from './subjects.js'

describeSmokeRun(ours[0]!)
