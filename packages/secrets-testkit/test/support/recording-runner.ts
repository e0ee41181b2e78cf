import type { TestContext } from "../../src/index.ts";

/** A runner that keeps what it is given, so that a test decides what runs. */
export function recordingRunner() {
  const headings: string[] = [];
  const tests: { name: string; body: (context: TestContext) => Promise<void> }[] = [];
  return {
    headings,
    tests,
    describe(name: string, body: () => void) {
      headings.push(name);
      body();
    },
    test(name: string, body: (context: TestContext) => Promise<void>) {
      tests.push({ name, body });
    },
  };
}
