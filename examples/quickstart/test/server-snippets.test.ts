import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runScript, temporaryFolder } from "./run-script.ts";
import { migrateDatabase } from "./server-snippets/migrate-database.ts";
import { networkFaults } from "./server-snippets/network-faults.ts";
import { ownProgram } from "./server-snippets/own-program.ts";
import type { ServerSnippet } from "./server-snippets/server-snippet.ts";
import { vaultAppRole } from "./server-snippets/vault-approle.ts";
import { vaultAws } from "./server-snippets/vault-aws.ts";
import { vaultGithubActions, vaultJwt } from "./server-snippets/vault-jwt.ts";
import { vaultKubernetes } from "./server-snippets/vault-kubernetes.ts";
import { vaultReader, vaultToken } from "./server-snippets/vault-token.ts";

const snippets: Readonly<Record<string, ServerSnippet>> = {
  "server-snippets/migrate-database.ts": migrateDatabase,
  "server-snippets/network-faults.ts": networkFaults,
  "server-snippets/own-program.ts": ownProgram,
  "server-snippets/vault-approle.ts": vaultAppRole,
  "server-snippets/vault-aws.ts": vaultAws,
  "server-snippets/vault-github-actions.ts": vaultGithubActions,
  "server-snippets/vault-jwt.ts": vaultJwt,
  "server-snippets/vault-kubernetes.ts": vaultKubernetes,
  "server-snippets/vault-reader.ts": vaultReader,
  // snippets.test.ts runs it with a database, which it also shows.
  "snippets/vault.ts": vaultToken,
};

test("every snippet in server-snippets/ is run", () => {
  const files = readdirSync(join(import.meta.dirname, "..", "server-snippets"));
  expect(Object.keys(snippets)).toEqual(
    expect.arrayContaining(files.map((file) => `server-snippets/${file}`)),
  );
});

for (const [script, { canRun, prepare }] of Object.entries(snippets)) {
  test.skipIf(!canRun)(`${script} runs as the docs show it`, async () => {
    const { prints, ...options } = await prepare();
    const result = await runScript(script, { cwd: temporaryFolder(), ...options });
    expect(result).toMatchObject({ status: 0, stderr: "" });
    if (typeof prints === "string") expect(result.stdout).toBe(prints);
    else expect(result.stdout).toMatch(prints);
  });
}
