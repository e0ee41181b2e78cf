// #region report
import { testBackend } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { acmeHarness } from "./acme-harness.ts";

const { report } = testBackend({ name: "ACME", harness: acmeHarness, groups: ["errors", "capabilities"] });

afterAll(() => {
  const gaps = report().cases.filter(({ status }) => status === "gap");
  // The server cannot lose an answer.
  expect(gaps.every(({ name }) => name.startsWith("lost-answer: "))).toBe(true);
});
// #endregion
