import { expect, test } from "vitest";
import {
  type ArrangeFault,
  type BackendHarness,
  type FaultForms,
  runBackendSuite,
  type TestStore,
} from "../src/index.ts";
import { remoteHarness } from "./support/remote-harness.ts";

const NAME = "unavailable: get is UNAVAILABLE";

/** A harness whose only fault is `unavailable`, in these forms. */
function harnessWith(forms: (unavailable: ArrangeFault) => FaultForms): BackendHarness & { stores: number } {
  const harness = {
    stores: 0,
    async open() {
      harness.stores++;
      const store = await remoteHarness().open();
      return {
        ...store,
        faults: { unavailable: forms(firstForm(store)) },
      };
    },
  };
  return harness;
}

/** The fault `unavailable` in its first form. */
function firstForm({ faults }: TestStore): ArrangeFault {
  const [first] = [faults?.unavailable].flat();
  if (typeof first !== "function") throw new TypeError("The harness has no form of `unavailable`.");
  return first;
}

const resultOf = async (harness: BackendHarness) => {
  const { cases } = await runBackendSuite({ name: "forms", harness, groups: ["errors"] });
  return cases.find(({ name }) => name === NAME);
};

test("a case about a fault runs once with each form, on a store of its own", async () => {
  const arranged: [form: string, store: number][] = [];
  const harness = harnessWith((unavailable) => [
    function refused() {
      arranged.push(["refused", harness.stores]);
      return unavailable();
    },
    function http503() {
      arranged.push(["http503", harness.stores]);
      return unavailable();
    },
  ]);

  expect(await resultOf(harness)).toMatchObject({ status: "passed" });

  const [first, second] = arranged;
  expect([first?.[0], second?.[0]]).toEqual(["refused", "http503"]);
  expect(second?.[1]).toBe(Number(first?.[1]) + 1);
});

test("a form that fails is named", async () => {
  const harness = harnessWith((unavailable) => [
    unavailable,
    function notArranged() {
      return () => {};
    },
  ]);

  const result = await resultOf(harness);

  expect(result).toMatchObject({ status: "failed" });
  expect(result?.reason).toContain("with: form 2 of 2 of unavailable, `notArranged`");
});

test("no form at all is a gap", async () => {
  const harness = harnessWith(() => [] as never);
  expect(await resultOf(harness)).toMatchObject({ status: "gap" });
});

test("a fault of one request that does not take effect fails, unless it has other forms", async () => {
  const nothing: ArrangeFault = () => {};
  expect(await resultOf(harnessWith(() => [nothing]))).toMatchObject({ status: "failed" });
  const harness = harnessWith((unavailable) => [unavailable, nothing]);
  expect(await resultOf(harness)).toMatchObject({ status: "passed" });
});
