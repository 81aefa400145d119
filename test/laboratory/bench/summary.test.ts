import { expect, it } from 'vitest'
import { cases } from './cases.js'
import type { Contestant } from './contestants.js'
import type { Round } from './measure-round.js'
import { ratioOf, ratioToRival, summarise } from './summary.js'

const round: Omit<Round, 'processorUs'> = {
  requestsPerSecond: 1000,
  medianMs: 1,
  slowMs: 2,
  redis: { commands: [], bytesIn: 0, bytesOut: 0, processorUs: 0 },
  loadUs: 10,
  busy: 1,
  foreign: 0,
}

function measured(contestant: Partial<Contestant> & { readonly id: string }, costs: readonly number[]) {
  const rounds = costs.map((processorUs) => ({ ...round, processorUs }))
  return { contestant: { name: contestant.id, title: contestant.id, module: '', ...contestant }, rounds }
}

const anonymous = cases.find(({ id }) => id === 'anonymous')!

it('compares each round with that of the framework alone, both times that it was measured', () => {
  const lines = summarise([
    measured({ id: 'bare' }, [90, 190]),
    measured({ id: 'bare-again', name: 'bare' }, [110, 210]),
    measured({ id: 'pair', bare: 'bare' }, [200, 300]),
  ])
  // Twice as slow a machine in the second round makes no difference.
  expect(lines[2]!.overUs).toEqual({ median: 100, least: 100, most: 100 })
})

it("tells ratios in units of the pair's overhead, or of what is measured in memory too", () => {
  const lines = summarise([
    measured({ id: 'bare' }, [100]),
    measured({ id: 'pair', bare: 'bare' }, [300]),
    measured({ id: 'native', bare: 'bare' }, [150]),
    measured({ id: 'http-bare' }, [20]),
    measured({ id: 'memory-peer', bare: 'http-bare', unit: 'memory-peer' }, [60]),
    measured({ id: 'memory-native', bare: 'http-bare', unit: 'memory-peer' }, [24]),
  ])
  const results = [{ case: anonymous, lines }]
  const ratios = ['bare', 'pair', 'native', 'memory-native'].map((id) => ratioOf(results, 'anonymous', id))
  expect(ratios).toEqual([undefined, 1, 0.25, 0.1])
})

it("tells ratios in units of what the framework's own library adds", () => {
  const lines = summarise([
    measured({ id: 'koa-bare' }, [100]),
    measured({ id: 'koa-session', bare: 'koa-bare' }, [300]),
    measured({ id: 'koa-native', bare: 'koa-bare', rival: 'koa-session' }, [150]),
  ])
  const results = [{ case: anonymous, lines }]
  const ratios = ['koa-session', 'koa-native'].map((id) => ratioToRival(results, 'anonymous', id))
  expect(ratios).toEqual([undefined, 0.25])
})
