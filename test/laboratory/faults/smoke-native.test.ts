import { hanging, killed } from './scenarios/outages.js'
import { slipping } from './scenarios/slips.js'
import { describeSmokeRun } from './smoke.js'
import { ours } from './subjects.js'

describeSmokeRun(ours[0]!, [killed, hanging(4), slipping(3)])
