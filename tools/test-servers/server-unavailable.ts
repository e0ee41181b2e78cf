/** A test server cannot be had on this machine. */
export class TestServerUnavailable extends Error {
  override readonly name = "TestServerUnavailable";
  /** What to do about it, in one line. */
  readonly remedy: string;

  constructor(problem: string, remedy: string, options?: ErrorOptions) {
    super(`${problem} ${remedy}`, options);
    this.remedy = remedy;
  }
}

/**
 * Starts, or finds, what some tests need. Where it cannot be had, a line says which tests are NOT RUN and what to do, and
 * they are to be skipped.
 *
 * @param tests what is not run then, such as "the tests on PostgreSQL"
 * @returns undefined when it cannot be had
 * @throws what `obtain` threw, with `CI` set: there every test has to run
 */
export async function obtainOrSkip<Server>(
  tests: string,
  obtain: () => Promise<Server>,
): Promise<Server | undefined> {
  try {
    return await obtain();
  } catch (error) {
    if (process.env.CI) throw error;
    console.error(`NOT RUN: ${tests}. ${error instanceof TestServerUnavailable ? error.message : error}`);
    return undefined;
  }
}
