import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

/** Settings whose servers refuse every connection, with a secret in each variable that holds one. */
function unreachable() {
  const planted = Array.from({ length: 4 }, () => `planted${randomBytes(16).toString("hex")}`);
  const [password, token, current, previous] = planted;
  const env = {
    ARCHESTRA_SECRETS_MANAGER: "VAULT",
    ARCHESTRA_DATABASE_URL: `postgres://app:${password}@127.0.0.1:1/db`,
    ARCHESTRA_HASHICORP_VAULT_ADDR: "http://127.0.0.1:1",
    ARCHESTRA_HASHICORP_VAULT_TOKEN: token ?? "",
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: current ?? "",
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: previous ?? "",
  };
  return { env, planted };
}

test("no command shows a secret of its settings when it fails, as text or as JSON", async () => {
  await using settings = sqliteSettings();
  const { env, planted } = unreachable();
  const file = join(settings.folder, "database.env");
  writeFileSync(file, `ARCHESTRA_DATABASE_URL=${env.ARCHESTRA_DATABASE_URL}\n`);
  const commands = [
    ["migrate", "--to", "VAULT"],
    ["migrate", "finalize", "--yes"],
    ["migrate", "database", "--from-env-file", file, "--to-env-file", file],
    ["migrate", "release", "--from-env-file", file, "--yes"],
    ["rotate", "status"],
    ["rotate", "sweep"],
    ["rotate", "verify"],
    ["rotate", "retire", "key", "--yes"],
    ["schema", "migrate"],
    ["schema", "pending"],
    ["references", "rebind"],
  ];
  // Two at a time, since most of it is the start of processes.
  for (const command of commands) {
    const runs = await Promise.all([
      runProgram(command, { env }),
      runProgram([...command, "--json"], { env }),
    ]);
    for (const { exitCode, stdout, stderr } of runs) {
      expect(exitCode, command.join(" ")).toBe(1);
      for (const secret of planted) expect(stdout + stderr).not.toContain(secret);
      expect(stdout + stderr).not.toContain("INTERNAL");
    }
    const { ok, error } = JSON.parse(runs[1].stdout);
    expect({ ok, code: error.code }, command.join(" ")).toEqual({ ok: false, code: "UNAVAILABLE" });
  }
});
