/** The context that a test runner passes to a test. */
export interface TestContext {
  /** Marks the test as skipped, with a reason. Absent: only the report shows that it was skipped. */
  readonly skip?: ((reason: string) => void) | undefined;
}

/** The functions of a test runner that a suite uses, such as those of vitest and `node:test`. */
export interface TestRunner {
  /** Groups tests under a heading. */
  readonly describe: (name: string, body: () => void) => unknown;
  /**
   * Groups lists of tests under a heading. The lists run at the same time, each in its order. Absent: the suite uses `describe`, so
   * a case that waits for half a minute delays the others.
   */
  readonly describeTogether?: ((name: string, lists: readonly (() => void)[]) => unknown) | undefined;
  /** Declares a test. It fails when the promise rejects. */
  readonly test: (name: string, body: (context: TestContext) => Promise<void>) => unknown;
}
