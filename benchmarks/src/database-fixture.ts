import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

/** The secret from which every benchmark's key is derived. */
export const authSecret = "a benchmark's secret of at least thirty-two characters";

/** A value of the usual size: about 430 bytes of JSON, as an OAuth token set has. */
export const value = {
  accessToken: "a".repeat(180),
  refreshToken: "r".repeat(180),
  expiresAt: 1_790_000_000,
  scope: "x",
};

/** A migrated database with so many secrets, and how to remove it. */
export async function createDatabase(
  secrets: number,
): Promise<{ path: string; names: string[]; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "secrets-benchmark-"));
  const path = join(folder, "secrets.db");
  const names = Array.from({ length: secrets }, (_, index) => `team-${index % 10}/credential_${index}`);
  await using manager = await openManager(path);
  for (const name of names) await manager.create(name, value);
  return { path, names, remove: () => rmSync(folder, { recursive: true }) };
}

/** The manager as an application opens it. */
export function openManager(path: string, cache?: { maxAge: number }): Promise<SecretsManager> {
  const env = { ARCHESTRA_DATABASE_URL: `sqlite://${path}`, ARCHESTRA_AUTH_SECRET: authSecret };
  return createSecretsManager({ plugins: [dbPlugin()], env, cache });
}
