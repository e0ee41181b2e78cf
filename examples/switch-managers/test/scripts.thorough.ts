import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { TOKEN } from "./credential-clients.ts";
import { encryptedRows, prepare, sqliteDatabase, type Variables } from "./managers.ts";
import { RunningApplication } from "./running-application.ts";

describeVault("a script beside the application", () => {
  test("moves the secrets, and finalizes on request", async () => {
    const { database, vaultServer, onDatabase, onVault, clients } = await prepare(sqliteDatabase());
    const application = await RunningApplication.start({
      ...onVault,
      ...onDatabase,
      ARCHESTRA_SECRETS_MANAGER: "DB",
    });
    for (const name of ["github", "jira"]) await clients.create(application, name);

    expect(await run("move-to-vault.ts", onVault, "--dry-run")).toContain("{ done: 2, skipped: 0, failed: 0");
    expect(await vaultServer.secrets()).toEqual({});
    expect(await run("move-to-vault.ts", onVault)).toContain("{ done: 2, skipped: 0, failed: 0");
    expect(await clients.readAll(application)).toEqual({ VAULT: 2 });
    expect(await encryptedRows(database)).toBe(2);
    await clients.update(application, "jira");
    expect(await run("move-to-vault.ts", onVault, "--finalize")).toContain("2 copies removed");
    expect(await encryptedRows(database)).toBe(0);
    expect(await clients.readAll(application)).toEqual({ VAULT: 2 });
  });

  test("rewrites the paths after a change of the prefix, each once its value is there", async () => {
    const { vaultServer, onVault, clients } = await prepare(sqliteDatabase());
    const before = await RunningApplication.start(onVault);
    for (const name of ["github", "jira"]) await clients.create(before, name);
    await before.terminate();

    const elsewhere = { ...onVault, ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: "secret/data/elsewhere" };
    const application = await RunningApplication.start(elsewhere);
    const refused = await application.get("/credentials/github");
    expect(refused).toMatchObject({ status: 500, body: { error: { reason: "PATH_MISMATCH" } } });
    const move = (name: string) =>
      vaultServer.server.demand("POST", `secret/data/elsewhere/${name}`, { data: clients.stored[name] });
    await move("github");
    const first = await run("rebind-paths.ts", elsewhere);
    expect(first).toContain("1 rewritten");
    expect(first).toContain("jira NOT_FOUND NOT_AT_NEW_PATH");
    expect(await clients.read(application, "github")).toBe("VAULT");
    expect((await application.get("/credentials/jira")).status).toBe(500);
    await move("jira");
    expect(await run("rebind-paths.ts", elsewhere)).toContain("1 rewritten");
    expect(await clients.readAll(application)).toEqual({ VAULT: 2 });
  });
});

/** Runs a script to its end, which has to be a good one. @returns what it printed, in which no token may be */
async function run(script: string, env: Variables, ...options: string[]): Promise<string> {
  const path = join(import.meta.dirname, "../src", script);
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", path, ...options], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [printed, [code]] = await Promise.all([
    Promise.all([text(child.stdout), text(child.stderr)]),
    once(child, "close"),
  ]);
  const output = printed.join("\n");
  expect(code, output).toBe(0);
  expect(output).not.toContain(TOKEN);
  return output;
}
