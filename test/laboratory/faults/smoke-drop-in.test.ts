import { killed } from './scenarios/outages.js'
import { full } from './scenarios/servers.js'
import { slipping } from './scenarios/slips.js'
import { describeSmokeRun } from './smoke.js'
import { ours } from './subjects.js'

describeSmokeRun(ours[3]!, [killed, full(2), slipping(3)])
