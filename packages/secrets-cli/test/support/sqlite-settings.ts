import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

/** An empty SQLite database of its own, and the variables that select it. */
export interface SqliteSettings extends AsyncDisposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Opens the manager that the program will open. It is closed with the settings. */
  open(): Promise<SecretsManager>;
}

export function sqliteSettings(): SqliteSettings {
  const folder = mkdtempSync(join(tmpdir(), "secrets-cli-"));
  const file = join(folder, "secrets.db");
  // The program does not create a file. One without content is a database without tables.
  writeFileSync(file, "", { mode: 0o600 });
  const env = {
    ARCHESTRA_DATABASE_URL: `sqlite://${file}`,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: randomBytes(32).toString("base64"),
  };
  const managers: SecretsManager[] = [];
  return {
    folder,
    env,
    async open() {
      const manager = await createSecretsManager({ plugins: [dbPlugin()], env });
      managers.push(manager);
      return manager;
    },
    async [Symbol.asyncDispose]() {
      for (const manager of managers) await manager.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
