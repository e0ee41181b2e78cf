// #region vitest
import { testBackend, testPlugin } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { filesPlugin } from "../src/index.ts";
import { filesHarness } from "./files-harness.ts";
import { IDENTITY } from "./identity.ts";

const { report } = testBackend({ name: "FILES", harness: filesHarness });
testPlugin({
  name: "FILES",
  harness: {
    plugin: filesPlugin,
    accepted: { SECRETS_FILES_FOLDER: "secrets", SECRETS_FILES_IDENTITY: IDENTITY },
    refused: { SECRETS_FILES_IDENTITY: "AGE-SECRET-KEY-invalid" },
  },
});

afterAll(() => {
  // Here, a hanging disk cannot be simulated, and the tests may run as root, which is denied nothing.
  const gaps = report().cases.flatMap(({ status, reason }) => (status === "gap" ? [reason] : []));
  expect(new Set(gaps)).toEqual(
    new Set(["permission-denied", "timeout"].map((fault) => `the harness has no \`faults["${fault}"]\``)),
  );
});
// #endregion
