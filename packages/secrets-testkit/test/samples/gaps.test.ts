// #region report
import { testBackend } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { acmeHarness } from "./acme-harness.ts";

const { report } = testBackend({ name: "ACME", harness: acmeHarness, groups: ["errors", "capabilities"] });

afterAll(() => {
  const gaps = report().cases.flatMap(({ status, reason }) => (status === "gap" ? [reason] : []));
  // The server always answers immediately.
  expect(new Set(gaps)).toEqual(
    new Set(
      ["lost-answer", "lost-request", "hanging-answer", "timeout"].map(
        (fault) => `the harness has no \`faults["${fault}"]\``,
      ),
    ),
  );
});
// #endregion
