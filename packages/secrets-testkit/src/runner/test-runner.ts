/** What a test runner hands each test. */
export interface TestContext {
  /** Marks the test as skipped, for a reason. Absent: the runner cannot; the report says it all the same. */
  readonly skip?: ((reason: string) => void) | undefined;
}

/** The two functions of a test runner that a suite needs; those of vitest and of `node:test` fit. */
export interface TestRunner {
  /** Groups tests under a heading. */
  readonly describe: (name: string, body: () => void) => unknown;
  /** Declares a test. It fails when the promise rejects. */
  readonly test: (name: string, body: (context: TestContext) => Promise<void>) => unknown;
}
