import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecretsManager } from "@archestra/secrets-core";
import type { BackendHarness } from "@archestra/secrets-testkit";
import { testBackend } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { expectCommittedConformance } from "../../../../tools/testing/committed-conformance.ts";
import { dbPlugin } from "../../src/index.ts";
import { fileEnvironment } from "../support/open-manager.ts";
import { execute, query } from "../support/raw-database.ts";
import { failStatements } from "./failing-statements.ts";
import { gapsOf, unsupportedBy } from "./gaps.ts";

const SEED =
  "INSERT INTO archestra_secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

const BUSY = 5;
const READONLY = 8;
const IOERR = 10;

const harness: BackendHarness = {
  open() {
    const folder = mkdtempSync(join(tmpdir(), "archestra-conformance-"));
    const file = join(folder, "secrets.db");
    return {
      plugins: [dbPlugin()],
      env: fileEnvironment(file),
      encrypted: true,
      readRaw: (name) =>
        query<{ value: string }>(file, "SELECT value FROM archestra_secrets WHERE name = ?", name)[0]?.value,
      seedRaw: (name, text) => execute(file, SEED, name, text),
      faults: {
        "permission-denied": failStatements(READONLY),
        unavailable: failStatements(IOERR),
        timeout: failStatements(BUSY),
      },
      close: () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};

const { report } = testBackend({ name: "SQLite", harness });

afterAll(async () => {
  // A file asks for no credentials, limits no rate, and answers in the process: no answer can get lost or hang, and nothing
  // else can give one. (Of damaged files: startup/bad-files.test.ts.)
  expect(gapsOf(report()).toSorted()).toEqual(
    ["hanging-answer", "lost-answer", "nonsense", "rate-limited", "unauthenticated"].map(
      (fault) => `the harness has no \`faults["${fault}"]\``,
    ),
  );
  expect(unsupportedBy(report())).toEqual([]);
  expect(existsSync(".archestra")).toBe(false);
  await expectCommittedConformance("db-sqlite", report(), harness, createSecretsManager);
});
