import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runBackendSuite, runReferenceStoreSuite, type TestContext, testBackend } from "../src/index.ts";
import { deletionAlwaysTrue } from "./broken/deletion-always-true.ts";
import { memoryHarness } from "./support/memory-harness.ts";
import { remoteHarness } from "./support/remote-harness.ts";

/** A runner that keeps what it is given, so that a test decides what runs. */
function recordingRunner() {
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

test("the report tells each case with its group, status, reason and place in the contract", async () => {
  const harness = remoteHarness(deletionAlwaysTrue.wrap);
  const report = await runBackendSuite({ name: "broken", harness, groups: ["existence"] });

  expect(report).toMatchObject({
    reportVersion: 1,
    suite: "backend",
    subject: "broken",
    complete: true,
    summary: { passed: 10, failed: 1, unsupported: 0, gap: 0 },
  });
  expect(report.cases.find(({ status }) => status === "failed")).toEqual({
    group: "existence",
    name: "delete tells whether there was a secret",
    status: "failed",
    reason:
      'expected: `delete` of a secret that was never there to be false\n  came: true\n  contract: SecretsBackend.delete: "whether there was one"',
    contract: 'SecretsBackend.delete: "whether there was one"',
  });
  expect(report.cases.find(({ status }) => status === "passed")).not.toHaveProperty("reason");
});

test("the report is written to a file as JSON", async () => {
  const folder = mkdtempSync(join(tmpdir(), "archestra-testkit-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const reportFile = join(folder, "report.json");

  const report = await runBackendSuite({
    name: "memory",
    harness: memoryHarness,
    groups: ["names"],
    reportFile,
  });

  expect(JSON.parse(readFileSync(reportFile, "utf8"))).toEqual(report);
});

test("the report of a run that left cases out is not complete", async () => {
  const runner = recordingRunner();
  const { report } = testBackend({ ...runner, name: "memory", harness: memoryHarness, groups: ["versions"] });
  expect(runner.headings).toEqual(["memory", "versions"]);

  await runner.tests[0]?.body({});
  expect(report()).toMatchObject({ complete: false, summary: { passed: 1 } });

  for (const { body } of runner.tests.slice(1)) await body({});
  expect(report()).toMatchObject({ complete: true, summary: { passed: runner.tests.length } });
});

test("a gap is skipped with its reason where the runner can skip, and is no failure where it cannot", async () => {
  const runner = recordingRunner();
  testBackend({ ...runner, name: "memory", harness: memoryHarness, groups: ["errors"] });
  const reasons: string[] = [];

  await runner.tests[0]?.body({ skip: (reason: string) => void reasons.push(reason) });
  await runner.tests[0]?.body({});

  expect(reasons).toEqual(['gap: the harness has no `faults["unauthenticated"]`']);
});

test("a failure of the harness fails the case, and says that nobody expected it", async () => {
  const harness = {
    open: () => {
      throw new Error("the server did not start");
    },
  };
  const { cases, summary } = await runBackendSuite({ name: "none", harness, groups: ["names"] });
  expect(summary.failed).toBe(cases.length);
  expect(cases[0]?.reason).toContain("an error that it does not expect: the server did not start");
});

test("a store that cannot be closed fails the case", async () => {
  const harness = {
    open: async () => ({
      ...(await memoryHarness.open()),
      close: () => {
        throw new Error("the server did not stop");
      },
    }),
  };
  const { summary, cases } = await runBackendSuite({ name: "none", harness, groups: ["names"] });
  expect(summary.failed).toBe(cases.length);
});

test("the README tells how many cases there are", async () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const harness = { open: () => Promise.reject(new Error("no store is needed to count cases")) };
  const backend = await runBackendSuite({ name: "none", harness });
  const references = await runReferenceStoreSuite({ name: "none", harness });
  expect(readme).toContain(`${backend.cases.length} cases for a backend`);
  expect(readme).toContain(`${references.cases.length} for a table of owners`);
});

test("a group that there is not is refused with a list of those that are", async () => {
  const options = { name: "memory", harness: memoryHarness, groups: ["name" as never] };
  await expect(runBackendSuite(options)).rejects.toThrow(
    'The suite backend has no group "name". Its groups: values, names, existence, versions, listing, lifecycle, concurrency, errors, redaction, capabilities.',
  );
});
