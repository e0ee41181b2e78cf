import { testBackend, testPlugin } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { samplePlugin } from "../src/index.ts";
import { sampleHarness } from "./sample-harness.ts";

const { report } = testBackend({ name: "SAMPLE", harness: sampleHarness });
testPlugin({
  name: "SAMPLE",
  harness: { plugin: samplePlugin, accepted: { VARIABLE_PREFIX_TOKEN: "not-a-real-token-1" } },
});

afterAll(() => {
  // A fault that the harness of your store cannot inject is a gap, and what the plugin does then is unknown.
  const gaps = report().cases.flatMap(({ status, reason }) => (status === "gap" ? [reason] : []));
  expect(gaps).toEqual([]);
});
