import { describeOpenBao } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { checkRandomRuns } from "./random-runs.ts";
import { faultNames } from "./run-faults.ts";

describeOpenBao("200 random runs through standbys of OpenBao, with faults", () => {
  test("no absence is false, no read after an own write is stale, and no acknowledged write is lost", {
    timeout: 60 * 60_000,
  }, async () => {
    const counts = await checkRandomRuns(200);
    console.log(JSON.stringify(counts, undefined, 2));
    expect(Object.keys(counts)).toEqual(expect.arrayContaining(faultNames.map((name) => `fault: ${name}`)));
  });
});
