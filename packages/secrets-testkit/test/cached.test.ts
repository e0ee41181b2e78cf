import { afterAll, expect } from "vitest";
import { testBackend } from "../src/vitest.ts";
import { memoryHarness } from "./support/memory-harness.ts";
import { remoteHarness } from "./support/remote-harness.ts";

const cache = { maxAge: 60_000 };
const memory = testBackend({ name: "memory, cached", harness: memoryHarness, cache });
const remote = testBackend({ name: "memory behind a network, cached", harness: remoteHarness(), cache });

afterAll(() => {
  for (const { report } of [memory, remote]) {
    expect(report()).toMatchObject({ complete: true, summary: { failed: 0 } });
    const cached = report().cases.filter(({ reason }) => reason === "clients cache what they have read");
    expect(cached.map(({ name }) => name)).toEqual([
      "another client immediately sees a write, an update and a deletion",
      "has, list and the count of check immediately follow creations and deletions of another client",
    ]);
  }
  expect(remote.report().summary.gap).toBe(0);
});
