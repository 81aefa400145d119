/** One case of a conformance suite. Cases are data: they depend on no test runner, on no order and on no other case. */
export interface ConformanceCase {
  readonly group: string
  /** A sentence about behaviour; unique within a suite. */
  readonly name: string
  /** Why this case does not apply. It follows from what the harness declares. */
  readonly skip?: string
  /** Resolves when the subject behaves; rejects with an `AssertionError` that says how it does not. */
  run(): Promise<void>
}

/** What a suite needs of a test runner: vitest, node:test, jest and mocha have it. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  readonly it: {
    (name: string, body: () => Promise<void>): unknown
    skip?(name: string, body: () => Promise<void>): unknown
  }
}

/**
 * Hangs cases into a test runner, a block per group. A case that does not apply is shown as skipped, with its reason in
 * its title; a runner without `it.skip` shows it as passed, with the same title.
 */
export function hangCases({ describe, it }: TestRunner, name: string, cases: readonly ConformanceCase[]): void {
  describe(name, () => {
    for (const [group, members] of byGroup(cases)) {
      describe(group, () => {
        for (const member of members) {
          if (member.skip === undefined) it(member.name, () => member.run())
          else (it.skip ?? it)(`${member.name} (skipped: ${member.skip})`, async () => {})
        }
      })
    }
  })
}

function byGroup(cases: readonly ConformanceCase[]): Map<string, ConformanceCase[]> {
  const groups = new Map<string, ConformanceCase[]>()
  for (const member of cases) {
    const members = groups.get(member.group)
    if (members === undefined) groups.set(member.group, [member])
    else members.push(member)
  }
  return groups
}
