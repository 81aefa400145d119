/** How much is measured. */
export interface Size {
  /** Sessions whose memory is measured, for each form and number of bytes. */
  readonly recorded: number
  readonly dataBytes: readonly number[]
  readonly fewSessions: number
  readonly manySessions: number
  readonly rounds: number
  readonly roundMs: number
  readonly clusterSessions: number
  readonly connections: number
  /** How long a method of compression is tried in each round. */
  readonly compressionMs: number
}

/** As it is published. */
export const full: Size = {
  recorded: 100_000,
  dataBytes: [120, 200, 1024, 4096],
  fewSessions: 1000,
  manySessions: 1_000_000,
  rounds: 7,
  roundMs: 2000,
  clusterSessions: 60_000,
  connections: 10_000,
  compressionMs: 60,
}

/** Small enough for the tests. */
export const small: Size = {
  recorded: 2000,
  dataBytes: [200, 1024],
  fewSessions: 100,
  manySessions: 2000,
  rounds: 1,
  roundMs: 100,
  clusterSessions: 3000,
  connections: 200,
  compressionMs: 2,
}
