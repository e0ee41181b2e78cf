import { describe, test } from "vitest";
import type { BackendGroup } from "../src/index.ts";
import { brokenBackends } from "./broken/broken-backends.ts";
import { expectFailedCases } from "./support/failed-cases.ts";

// All groups: broken-backends.long.ts.
describe("a broken backend fails exactly the cases about the fault, in the groups of these cases", () => {
  test.concurrent.each(Object.entries(brokenBackends))("%s", async (name, broken) => {
    const groups = new Set(broken.fails.map((failed) => failed.slice(0, failed.indexOf(":"))));
    await expectFailedCases(name, broken, [...groups] as BackendGroup[]);
  });
});
