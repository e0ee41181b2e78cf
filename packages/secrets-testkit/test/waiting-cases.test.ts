import { expect, test } from "vitest";
import type { ConformanceCase, Suite } from "../src/runner/conformance-case.ts";
import { runSuite } from "../src/runner/run-suite.ts";
import { besideOtherCases } from "../src/runner/turns.ts";
import { runner } from "../src/vitest.ts";

type Case = ConformanceCase<undefined>;

function suiteOf(...cases: readonly Case[]): Suite<undefined> {
  const withSubject: Suite<undefined>["withSubject"] = (run) => run(undefined);
  return { id: "backend", subject: "cases", groups: { errors: cases }, independentCases: true, withSubject };
}

const contract = "a contract";

test("the other cases of a group run while one waits, one at a time, and the report has their order", async () => {
  const events: string[] = [];
  const done = Promise.withResolvers<void>();
  const step = async (name: string) => {
    events.push(`${name} starts`);
    await new Promise(setImmediate);
    events.push(`${name} ends`);
  };
  const short = (name: string): Case => ({ name, contract, run: () => step(name) });
  const waiting: Case = {
    name: "waiting",
    contract,
    waits: true,
    async run() {
      await step("arrangement");
      await besideOtherCases(() => done.promise);
      await step("check");
    },
  };
  const last: Case = { name: "last", contract, run: async () => done.resolve() };

  const report = await runSuite(suiteOf(short("a"), waiting, short("b"), last), { name: "cases" });

  expect(events).toEqual(
    ["arrangement", "a", "b", "check"].flatMap((name) => [`${name} starts`, `${name} ends`]),
  );
  expect(report).toMatchObject({ complete: true, summary: { passed: 4 } });
  expect(report.cases.map(({ name }) => name)).toEqual(["a", "waiting", "b", "last"]);
});

test("the other cases wait for one that waits, unless the faults of the stores are independent", async () => {
  const events: string[] = [];
  const waiting: Case = {
    name: "waiting",
    contract,
    waits: true,
    run: () =>
      besideOtherCases(async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        events.push("waited");
      }),
  };
  const other: Case = { name: "other", contract, run: async () => void events.push("other") };
  await runSuite({ ...suiteOf(waiting, other), independentCases: false }, { name: "cases" });
  expect(events).toEqual(["waited", "other"]);
});

test("a case that waits for longer than its timeout fails, and the others run", async () => {
  const waiting: Case = {
    name: "waiting",
    contract,
    waits: true,
    timeout: 20,
    run: () => besideOtherCases(() => new Promise((resolve) => setTimeout(resolve, 100))),
  };
  let running = 0;
  const other = (name: string): Case => ({
    name,
    contract,
    async run() {
      running++;
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(running--).toBe(1);
    },
  });

  const report = await runSuite(suiteOf(waiting, other("a"), other("b"), other("c")), { name: "cases" });

  expect(report.cases.map(({ status }) => status)).toEqual(["failed", "passed", "passed", "passed"]);
});

const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
runner.describeTogether?.("vitest runs the lists of a group at the same time", [
  () =>
    runner.test("one", async () => {
      one.resolve();
      await other.promise;
    }),
  () =>
    runner.test("other", async () => {
      other.resolve();
      await one.promise;
    }),
]);
