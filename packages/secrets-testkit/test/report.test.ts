import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runBackendSuite, runOwnershipStoreSuite, testBackend } from "../src/index.ts";
import { deletionAlwaysTrue } from "./broken/deletion-always-true.ts";
import { memoryHarness } from "./support/memory-harness.ts";
import { recordingRunner } from "./support/recording-runner.ts";
import { remoteHarness } from "./support/remote-harness.ts";

test("the report lists each case with its group, status, reason and place in the contract", async () => {
  const harness = remoteHarness(deletionAlwaysTrue.wrap);
  const report = await runBackendSuite({ name: "broken", harness, groups: ["existence"] });

  expect(report).toMatchObject({
    reportVersion: 1,
    suite: "backend",
    subject: "broken",
    complete: true,
    summary: { passed: 13, failed: 1, unsupported: 0, "cannot-happen": 0, gap: 0 },
  });
  expect(report.cases.find(({ status }) => status === "failed")).toEqual({
    group: "existence",
    name: "delete returns whether there was a secret",
    status: "failed",
    reason:
      'expected: `delete` of a secret that was never there to be false\n  came: true\n  contract: SecretsBackend.delete: "whether there was a secret"',
    contract: 'SecretsBackend.delete: "whether there was a secret"',
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
  const { report } = testBackend({
    ...runner,
    name: "memory",
    harness: memoryHarness,
    groups: ["existence"],
  });
  expect(runner.headings).toEqual(["memory", "existence"]);

  for (const { body } of runner.tests.slice(0, 2)) await body({});
  expect(report()).toMatchObject({ complete: false, summary: { passed: 1 } });

  for (const { body } of runner.tests.slice(2)) await body({});
  expect(report()).toMatchObject({ complete: true, summary: { passed: runner.tests.length - 1 } });
});

test("a gap is skipped with its reason where the runner can skip, and is no failure where it cannot", async () => {
  const runner = recordingRunner();
  const { faults: _faults, ...store } = await memoryHarness.open();
  const harness = { open: async () => ({ ...store, plugins: (await memoryHarness.open()).plugins }) };
  testBackend({ ...runner, name: "memory", harness, groups: ["errors"] });
  const reasons: string[] = [];

  await runner.tests[1]?.body({ skip: (reason: string) => void reasons.push(reason) });
  await runner.tests[1]?.body({});

  expect(reasons).toEqual(['gap: the harness has no `faults["unauthenticated"]`']);
});

test("a fault that cannot happen is reported with its reason, and is no gap", async () => {
  const harness = {
    async open() {
      const store = await remoteHarness().open();
      const faults = { ...store.faults, "rate-limited": { cannotHappen: "The store has no rate limit." } };
      return { ...store, faults };
    },
  };
  const { cases, summary } = await runBackendSuite({
    name: "calm",
    harness,
    groups: ["errors", "redaction"],
  });

  const impossible = cases.filter(({ status }) => status === "cannot-happen");
  expect(impossible).toHaveLength(11);
  expect(impossible.every(({ name }) => name.includes("rate-limited"))).toBe(true);
  expect(new Set(impossible.map(({ reason }) => reason))).toEqual(new Set(["The store has no rate limit."]));
  expect(summary).toMatchObject({ failed: 0, "cannot-happen": 11, gap: 0 });
});

test("a fault that cannot happen for no reason is a gap", async () => {
  const harness = {
    open: async () => ({ ...(await remoteHarness().open()), faults: { timeout: { cannotHappen: " " } } }),
  };
  const { cases } = await runBackendSuite({ name: "mute", harness, groups: ["redaction"] });
  expect(cases.find(({ name }) => name === "errors of timeout show no value")).toMatchObject({
    status: "gap",
    reason: 'the harness has no reason in `faults["timeout"].cannotHappen`',
  });
});

const failingHarness = {
  open: () => {
    throw new Error("the server did not start");
  },
};

test("a harness that cannot open a store is one failure, and every case is a gap", async () => {
  const { cases, summary, complete } = await runBackendSuite({
    name: "none",
    harness: failingHarness,
    groups: ["names"],
  });
  expect(summary).toMatchObject({ passed: 0, failed: 1, unsupported: 0, gap: cases.length - 1 });
  expect(complete).toBe(true);
  expect(cases[0]).toMatchObject({ group: "harness", status: "failed" });
  expect(cases[0]?.reason).toContain("expected: `open()` of the harness to make a store");
  expect(cases[0]?.reason).toContain("the server did not start");
  expect(cases[0]?.reason).not.toContain("report.test.ts");
  expect(new Set(cases.slice(1).map(({ reason }) => reason))).toEqual(new Set(["the harness fails"]));
});

test("a plugin that does not open with the settings of the harness is one failure", async () => {
  const harness = { open: async () => ({ plugins: (await remoteHarness().open()).plugins, env: {} }) };
  const refused: typeof harness = {
    open: async () => {
      const { plugins, env } = await harness.open();
      const create = { value: () => Promise.reject(new Error("the settings are wrong")) };
      return { plugins: [Object.create(plugins[0], { create })], env };
    },
  };
  const { summary, cases } = await runBackendSuite({ name: "none", harness: refused, groups: ["names"] });
  expect(summary).toMatchObject({ passed: 0, failed: 1 });
  expect(cases[0]?.reason).toContain("the plugin to open with the settings of the harness");
});

test("a secret in the environment of the harness that is a word is one failure with the name of the variable", async () => {
  const harness = {
    open: async () => ({ ...(await remoteHarness().open()), env: { REMOTE_TOKEN: "password" } }),
  };
  const { summary, cases } = await runBackendSuite({ name: "word", harness, groups: ["names"] });
  expect(summary).toMatchObject({ passed: 0, failed: 1 });
  expect(cases[0]?.reason).toContain("`env.REMOTE_TOKEN` of the harness");
});

test("a harness that returns one store twice is one failure with that reason", async () => {
  const store = await memoryHarness.open();
  const harness = { open: () => store };
  const { cases, summary } = await runBackendSuite({ name: "shared", harness, groups: ["names"] });
  expect(summary).toMatchObject({ passed: 0, failed: 1 });
  expect(cases[0]?.reason).toContain("a store of its own, which is empty");
});

test("a test runner receives the failure of a harness once, whichever test it runs first", async () => {
  const names = ["the harness gives each case a store of its own", /^a /];
  for (const [first] of names.entries()) {
    const runner = recordingRunner();
    const { report } = testBackend({
      ...runner,
      name: "none",
      harness: failingHarness,
      groups: ["versions"],
    });
    expect(runner.tests[0]?.name).toBe(names[0]);
    const skipped: string[] = [];
    const context = { skip: (reason: string) => void skipped.push(reason) };
    await expect(runner.tests[first]?.body(context)).rejects.toThrow("the server did not start");
    for (const { body } of runner.tests.slice(first + 1)) await body(context);
    expect(skipped).toHaveLength(runner.tests.length - 1 - first);
    expect(new Set(skipped)).toEqual(new Set(["gap: the harness fails"]));
    expect(report().summary).toMatchObject({ passed: 0, failed: 1, gap: runner.tests.length - 1 });
  }
});

test("an error has nothing beside its message that a runner would print as a difference", async () => {
  const runner = recordingRunner();
  const harness = remoteHarness(deletionAlwaysTrue.wrap);
  testBackend({ ...runner, name: "broken", harness, groups: ["existence"] });
  const errors: unknown[] = [];
  for (const { body } of runner.tests) await body({}).catch((error: unknown) => errors.push(error));
  expect(errors).toHaveLength(1);
  expect(errors[0]).not.toHaveProperty("diff");
});

test("a store that cannot be closed fails the case", async () => {
  let stores = 0;
  const harness = {
    open: async () => {
      const number = ++stores;
      return {
        ...(await memoryHarness.open()),
        close: () => {
          // The first two are those that the harness is tried with.
          if (number > 2) throw new Error("the server did not stop");
        },
      };
    },
  };
  const { summary, cases } = await runBackendSuite({ name: "none", harness, groups: ["values"] });
  expect(summary.failed).toBe(cases.length);
});

test("the README states the numbers of cases", async () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  // No store is needed to count cases.
  const options = { name: "none", harness: failingHarness };
  const [backend, ownership] = [await runBackendSuite(options), await runOwnershipStoreSuite(options)];
  expect(readme).toContain(`${backend.summary.gap} cases for a backend`);
  expect(readme).toContain(`${ownership.summary.gap} for an ownership table`);
});

test("an unknown group is refused with a list of the known ones", async () => {
  const options = { name: "memory", harness: memoryHarness, groups: ["name" as never] };
  await expect(runBackendSuite(options)).rejects.toThrow(
    'The suite backend has no group "name". Its groups: values, names, existence, versions, listing, lifecycle, concurrency, errors, redaction, capabilities.',
  );
});
