import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackendHarness } from "@archestra/secrets-testkit";
import { dbPlugin } from "../../src/index.ts";
import { fileEnvironment } from "../support/open-manager.ts";
import { execute, query } from "../support/raw-database.ts";
import { failStatements } from "./failing-statements.ts";

const SEED =
  "INSERT INTO archestra_secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

const BUSY = 5;
const READONLY = 8;
const CANTOPEN = 14;

const noCredentials = { cannotHappen: "A file requires no credentials." };
const inProcess = {
  cannotHappen: "SQLite runs in the process: no answer can be lost, hang or come from another server.",
};

/** A database of its own for each case, in a file. */
export const sqliteHarness: BackendHarness = {
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
        unavailable: failStatements(CANTOPEN),
        timeout: failStatements(BUSY),
        unauthenticated: noCredentials,
        "rate-limited": { cannotHappen: "A file limits no rate." },
        "lost-answer": inProcess,
        "lost-request": inProcess,
        "hanging-answer": inProcess,
        nonsense: inProcess,
      },
      rotate: noCredentials,
      connections: { cannotHappen: "SQLite opens a file, and has no connections." },
      close: () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};
