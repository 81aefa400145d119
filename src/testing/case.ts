/** One case of a conformance suite: data that depends on no test runner, no order and no other case. */
export interface ConformanceCase {
  /** The `describe` block that it belongs to. */
  readonly group: string
  /** A sentence about behaviour, unique within its suite. */
  readonly name: string
  /** Why this case does not apply to what the harness declares. */
  readonly skip?: string
  /** Resolves if the subject behaves; rejects with an `AssertionError` that says what is wrong. */
  run(): Promise<void>
}

/** What a suite needs of a test runner. Vitest, `node:test`, Jest and Mocha have it. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  readonly it: {
    (name: string, body: () => Promise<void>): unknown
    skip?(name: string, body: () => Promise<void>): unknown
  }
}

/**
 * Registers cases with a test runner, one `describe` per group. A case that does not apply is skipped, with the reason in its title; a
 * runner without `it.skip` shows it as passed, with the same title.
 */
export function registerCases({ describe, it }: TestRunner, name: string, cases: readonly ConformanceCase[]): void {
  describe(name, () => {
    for (const group of new Set(cases.map((member) => member.group))) {
      describe(group, () => {
        for (const member of cases.filter((member) => member.group === group)) {
          if (member.skip === undefined) it(member.name, () => member.run())
          else (it.skip ?? it)(`${member.name} (skipped: ${member.skip})`, async () => {})
        }
      })
    }
  })
}
