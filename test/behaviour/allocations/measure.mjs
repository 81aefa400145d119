// Bytes that a request allocates, by case, as JSON: allocations.test.ts runs this with a young generation so large that nothing is
// collected meanwhile, and without optimized code, which would leave out allocations at a moment of its own choice.
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { coreCases } from './core-cases.mjs'
import { dropInCases, expressCases, httpCases } from './server-cases.mjs'

const warmUp = 100
const [rounds, roundLength] = [9, 30]
const visits = warmUp + rounds * roundLength

const collections = []
new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({ entryTypes: ['gc'] })

/** The least of some rounds: what is made only once, or by a timer, must not count. `visit` is given a number of its own each time. */
async function bytesPerVisit(visit) {
  let visited = 0
  while (visited < warmUp) await visit(visited++)
  globalThis.gc()
  const start = performance.now()
  const figures = []
  for (let round = 0; round < rounds; round++) {
    const before = usedBytes()
    for (let count = 0; count < roundLength; count++) await visit(visited++)
    figures.push((usedBytes() - before) / roundLength)
  }
  const end = performance.now()
  await nextTurn() // by now the observer has heard of them
  if (collections.some(({ startTime }) => startTime > start && startTime < end))
    throw new Error('The garbage collector ran; the young generation is too small.')
  return Math.min(...figures)
}

function usedBytes() {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** What the cases of one group allocate more than its bare case. */
async function measure({ bare, ...cases }) {
  const base = await bytesPerVisit(await bare(visits))
  const figures = []
  for (const [name, prepare] of Object.entries(cases)) {
    figures.push([name, Math.round((await bytesPerVisit(await prepare(visits))) - base)])
  }
  return Object.fromEntries(figures)
}

/** Shows whether what is measured is true. */
const yardstick = {
  bare: async () => async () => {},
  'an array of 1,000 bytes': async () => async () => void Array.from({ length: 123 }),
}

const groups = {
  yardstick: () => yardstick,
  core: () => coreCases,
  http: httpCases,
  express: expressCases,
  dropIn: dropInCases,
}
const figures = {}
for (const [name, cases] of Object.entries(groups)) figures[name] = await measure(await cases())
console.log(JSON.stringify(figures))
process.exit()
