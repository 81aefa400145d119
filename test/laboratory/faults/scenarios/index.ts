import type { Scenario } from '../scenario.js'
import { backends } from './backends.js'
import { balancers } from './balancers.js'
import { networks } from './networks.js'
import { outages } from './outages.js'
import { killedAtPoints } from './points.js'
import { servers } from './servers.js'

const numberOf = ({ name }: Scenario): number => Number(/\d+/.exec(name)?.[0])

/** All of them, in the order of their numbers. */
export const scenarios: readonly Scenario[] = [
  ...outages,
  ...networks,
  ...servers,
  ...backends,
  killedAtPoints,
  ...balancers,
].sort((a, b) => numberOf(a) - numberOf(b))
