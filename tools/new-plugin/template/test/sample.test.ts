import { testBackend, testPlugin } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { samplePlugin } from "../src/index.ts";
import { sampleHarness } from "./sample-harness.ts";

const { report } = testBackend({ name: "SAMPLE", harness: sampleHarness });
testPlugin({
  name: "SAMPLE",
  harness: { plugin: samplePlugin, accepted: { SAMPLE_TOKEN: "not-a-real-token" } },
});

afterAll(() => {
  // What the harness cannot let happen is not tested. Give it more faults, and shorten this list.
  const gaps = new Set(report().cases.flatMap(({ status, reason }) => (status === "gap" ? [reason] : [])));
  expect([...gaps].sort()).toEqual([
    'the harness has no `faults["hanging-answer"]`',
    'the harness has no `faults["lost-answer"]`',
    'the harness has no `faults["lost-request"]`',
    'the harness has no `faults["timeout"]`',
  ]);
});
