import { testBackend, testPlugin } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { redisPlugin } from "../src/index.ts";
import { harnessOf } from "./redis-harness.ts";
import { settingTexts } from "./setting-texts.ts";

// Most of the group `errors` is waiting, so it runs in a file of its own, at the same time.
const groups = [
  ...(["values", "names", "existence", "versions", "listing"] as const),
  ...(["lifecycle", "concurrency", "redaction", "capabilities"] as const),
];
const { report } = testBackend({ name: "REDIS", harness: harnessOf(redisPlugin), groups });
testPlugin({ name: "REDIS", harness: { plugin: redisPlugin, ...settingTexts } });

afterAll(() => {
  const { cases, summary } = report();
  expect(summary.gap).toBe(0);
  // Redis keeps no older versions.
  const unsupported = cases.filter(({ status }) => status === "unsupported");
  expect(new Set(unsupported.map(({ reason }) => reason))).toEqual(new Set(["the backend has no `history`"]));
});
