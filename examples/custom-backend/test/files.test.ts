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
  // A folder requires no credentials and limits no rate, no other server can answer in its place, and a hanging disk
  // cannot be simulated here.
  const gaps = report().cases.flatMap(({ status, reason }) => (status === "gap" ? [reason] : []));
  expect(new Set(gaps)).toEqual(
    new Set(
      [
        "unauthenticated",
        "permission-denied",
        "rate-limited",
        "timeout",
        "lost-answer",
        "hanging-answer",
        "nonsense",
      ].map((fault) => `the harness has no \`faults["${fault}"]\``),
    ),
  );
});
// #endregion
