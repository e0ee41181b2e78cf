import { describe, test } from "vitest";
import { brokenBackends } from "./broken/broken-backends.ts";
import { expectFailedCases } from "./support/failed-cases.ts";

describe("a broken backend fails exactly the cases about the fault, in the whole suite", () => {
  test.concurrent.each(Object.entries(brokenBackends))("%s", async (name, broken) => {
    await expectFailedCases(name, broken);
  });
});
