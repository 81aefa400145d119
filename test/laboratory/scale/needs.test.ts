import { expect, it } from 'vitest'
import type { Cost, Costs } from './costs.js'
import { storageNeeds, trafficNeeds } from './needs.js'

const nothing: Cost = { backendUs: 0, redisUs: 0, bytesIn: 0, bytesOut: 0, p50Ms: 0, p99Ms: 0 }

it('the memory of many sessions is that of one, and takes a further master for each 16 GB', () => {
  const bytes = { pair: 1, 'drop-in': 1, anonymous: 1, 'signed-in': 1, changed: 1000 }
  const needs = (sessions: number) => storageNeeds([{ dataBytes: 200, bytes }], sessions)
  expect(needs(16e6)).toEqual([{ sessions: 16e6, dataBytes: 200, bytes: 16e9, masters: 1 }])
  expect(needs(16e6 + 1)[0]!.masters).toBe(2)
})

it('traffic is nine reads and a write of ten requests', () => {
  const costs: Costs['costs'] = {
    bare: { ...nothing, backendUs: 10 },
    'few: read': nothing,
    'many: read': { ...nothing, backendUs: 20, redisUs: 5, bytesIn: 50, bytesOut: 500 },
    'many: write': { ...nothing, backendUs: 30, redisUs: 15, bytesIn: 550, bytesOut: 500 },
    'many: read, one at a time': { ...nothing, redisUs: 20 },
  }
  const rest = { fewSessions: 1, manySessions: 1, retainedBytes: { stored: 0, read: 0 }, right: 1 }
  const needs = trafficNeeds({ costs, ...rest }, 100_000)
  const rounded = Object.fromEntries(Object.entries(needs).map(([name, value]) => [name, Number(value.toFixed(6))]))
  expect(rounded).toEqual({
    requests: 100_000,
    backendCores: 1.1,
    redisCores: 0.6,
    redisCoresAtMost: 2.2,
    masters: 2,
    mastersAtMost: 5,
    bitsIn: 80e6,
    bitsOut: 400e6,
  })
})
