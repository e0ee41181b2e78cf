import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { CredentialClients, TOKEN } from "./credential-clients.ts";
import { sqliteDatabase, type Variables, type Vault, vault } from "./managers.ts";
import { RunningApplication } from "./running-application.ts";

const VAULT_VARIABLES = [
  "ARCHESTRA_HASHICORP_VAULT_ADDR",
  "ARCHESTRA_HASHICORP_VAULT_TOKEN",
  "ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED",
];

describeVault("wrong settings", () => {
  test("without Vault's variables its secrets fail with their names, and those of the database continue to work", async () => {
    const { onDatabase, clients } = await prepareBoth();
    const application = await RunningApplication.start(onDatabase);
    expect(application.warning("ARCHESTRA_SECRETS_OF_OTHER_MANAGERS")?.message).toContain("1 at VAULT");

    for (const method of ["GET", "PUT", "DELETE"]) {
      const body = method === "PUT" ? { token: TOKEN } : undefined;
      const refused = await application.request(method, "/credentials/at-vault", body);
      expect(refused).toMatchObject({ status: 500, body: { error: { code: "INVALID_CONFIGURATION" } } });
      for (const variable of VAULT_VARIABLES) expect(JSON.stringify(refused.body)).toContain(variable);
    }
    expect(await clients.read(application, "at-database")).toBe("DB");
    await clients.update(application, "at-database");
    expect(await clients.read(application, "at-database")).toBe("DB");
    expect((await application.get("/credentials")).body).toMatchObject([
      { name: "at-database", manager: "DB" },
      { name: "at-vault", manager: "VAULT" },
    ]);
    const moved = await application.step("/migration");
    expect(moved).toMatchObject({ done: 0, skipped: 1, failed: 1 });
    expect(moved.failures?.[0]).toMatchObject({ name: "at-vault", error: { code: "INVALID_CONFIGURATION" } });
  });

  test("VAULT without its variables falls back to the database, and says so", async () => {
    const { onDatabase, clients } = await prepareBoth();
    const env = { ...onDatabase, ARCHESTRA_SECRETS_MANAGER: "VAULT" };
    const application = await RunningApplication.start(env);
    const { message } = application.warning("ARCHESTRA_SECRETS_FALLBACK") ?? {};
    for (const variable of VAULT_VARIABLES) expect(message).toContain(variable);
    expect(await clients.read(application, "at-database")).toBe("DB");
    expect((await application.get("/credentials/at-vault")).status).toBe(500);
    await application.terminate();

    const strict = RunningApplication.start({ ...env, ARCHESTRA_SECRETS_STRICT: "true" });
    await expect(strict).rejects.toThrow(
      /^It ended with 1, having said [\s\S]*must be set[\s\S]*_VAULT_ADDR/,
    );
  });

  test("without the encryption secret Vault's secrets work, and one of the database says what is missing", async () => {
    const { onVault, clients } = await prepareBoth();
    // Empty is the same as not set.
    const env = { ...onVault, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: "" };
    const application = await RunningApplication.start(env);
    expect(await clients.read(application, "at-vault")).toBe("VAULT");
    await clients.update(application, "at-vault");
    await clients.create(application, "new");
    expect(await clients.read(application, "new")).toBe("VAULT");

    const refused = await application.get("/credentials/at-database");
    expect(refused).toMatchObject({ status: 500, body: { error: { code: "INVALID_CONFIGURATION" } } });
    expect(JSON.stringify(refused.body)).toContain("ARCHESTRA_SECRETS_ENCRYPTION_SECRET");
    const moved = await application.step("/migration");
    expect(moved).toMatchObject({ done: 0, skipped: 2, failed: 1 });
    expect(moved.failures?.[0]).toMatchObject({
      name: "at-database",
      error: { code: "INVALID_CONFIGURATION" },
    });
    expect((await application.get("/credentials")).body).toHaveLength(3);
  });

  test("a migration to a manager that is not installed moves nothing", async () => {
    const { onVault, clients } = await prepareBoth();
    const application = await RunningApplication.start(onVault);
    const refused = await application.step("/migration", { to: "FILES" });
    expect(refused).toMatchObject({ status: "failed", error: { code: "INVALID_CONFIGURATION" } });
    expect(refused.error?.message).toContain("FILES");
    expect(await application.step("/migration", { too: "DB" })).toMatchObject({ status: "failed" });
    expect(await clients.readAll(application)).toEqual({ DB: 1, VAULT: 1 });
  });

  test("secrets move away from KV version 1 only when the writers are stopped", async () => {
    const { onVault, clients, vaultServer } = await prepareBoth(1);
    const application = await RunningApplication.start({ ...onVault, ARCHESTRA_SECRETS_MANAGER: "DB" });
    const refused = await application.step("/migration");
    expect(refused).toMatchObject({ done: 0, failed: 1 });
    expect(refused.failures?.[0]?.error).toMatchObject({
      code: "UNSUPPORTED",
      reason: "WRITERS_NOT_STOPPED",
    });
    expect(await clients.readAll(application)).toEqual({ DB: 1, VAULT: 1 });

    expect(await application.step("/migration", { writersStopped: true })).toMatchObject({
      done: 1,
      failed: 0,
    });
    expect(await application.step("/migration/finalize")).toMatchObject({ done: 1, failed: 0 });
    expect(await clients.readAll(application)).toEqual({ DB: 2 });
    expect(await vaultServer.secrets()).toEqual({});
  });

  test("a body that is not JSON is refused without being quoted", async () => {
    const application = await RunningApplication.start(sqliteDatabase().env);
    for (const body of [`{"token": "${TOKEN}`, `["${TOKEN}"]`, `{"value": "${TOKEN}"}`]) {
      expect((await application.request("POST", "/credentials/a", body)).status).toBe(400);
    }
    expect((await application.request("POST", "/credentials/%zz", { token: TOKEN })).status).toBe(400);
    expect((await application.request("POST", "/credentials/a//b", { token: TOKEN })).status).toBe(400);
    expect((await application.get("/nowhere")).status).toBe(404);
    expect(application.shown.filter((text) => text.includes(TOKEN))).toEqual([]);
  });

  /** One secret at the database and one at Vault. */
  async function prepareBoth(version?: 1 | 2): Promise<{
    readonly onDatabase: Variables;
    readonly onVault: Variables;
    readonly vaultServer: Vault;
    readonly clients: CredentialClients;
  }> {
    const { env: onDatabase } = sqliteDatabase();
    const vaultServer = await vault(version);
    const onVault = { ...onDatabase, ...vaultServer.env, ARCHESTRA_SECRETS_MANAGER: "VAULT" };
    const clients = new CredentialClients();
    const application = await RunningApplication.start(onVault);
    for (const name of ["at-database", "at-vault"]) await clients.create(application, name);
    const toDatabase = { to: "DB", prefix: "at-database", writersStopped: true };
    expect(await application.step("/migration", toDatabase)).toMatchObject({ done: 1 });
    expect(await application.step("/migration/finalize")).toMatchObject({ done: 1 });
    await application.terminate();
    return { onDatabase, onVault, vaultServer, clients };
  }
});
