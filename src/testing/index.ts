export * from './adapter.js'
export { hangCases, type ConformanceCase, type TestRunner } from './case.js'
export { fakeClock, type FakeClock } from './clock.js'
export { gate, type Gate } from './gate.js'
export {
  describeStore,
  storeCases,
  type InterruptedStore,
  type OpenedStore,
  type StoreHarness,
  type StoreUnderTest,
} from './store.js'
