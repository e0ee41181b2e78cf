import { describeOpenBao } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { checkRandomRuns } from "./random-runs.ts";

describeOpenBao("random runs through standbys of OpenBao, with faults", () => {
  test("no absence is false, no read after an own write is stale, and no acknowledged write is lost", async () => {
    expect(Object.keys(await checkRandomRuns(3))).not.toEqual([]);
  });
});
