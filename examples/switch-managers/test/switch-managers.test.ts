import { expect, test } from "vitest";
import { CredentialClients, TOKEN } from "./credential-clients.ts";
import { describeEachDatabase, vault } from "./managers.ts";
import { RunningApplication } from "./running-application.ts";

const OF_OTHERS = "ARCHESTRA_SECRETS_OF_OTHER_MANAGERS";

describeEachDatabase("an application whose manager changes", (createDatabase) => {
  test("goes from the database to Vault and back while it is used", async () => {
    const { database, vaultServer, onDatabase, onVault, clients } = await prepare();

    let application = await RunningApplication.start(onDatabase);
    for (let number = 0; number < 80; number++)
      await clients.create(application, `team-${number % 3}/${number}`);
    await clients.create(application, "deleted");
    expect(application.warning(OF_OTHERS)).toBeUndefined();
    expect(await application.terminate()).toBe(0);
    expect(application.log.at(-1)?.message).toBe("Stopped.");

    // Old secrets stay where they are, new ones go to Vault.
    application = await RunningApplication.start(onVault);
    expect(application.warning(OF_OTHERS)?.message).toContain("81 at DB");
    expect(await clients.readAll(application)).toEqual({ DB: 81 });
    await clients.update(application, "team-0/0");
    await clients.delete(application, "deleted");
    expect((await application.get("/credentials/deleted")).status).toBe(404);
    const again = await application.request("POST", "/credentials/team-0/0", { token: TOKEN });
    expect(again).toMatchObject({ status: 409, body: { error: { reason: "OTHER_MANAGER" } } });
    expect(await vaultServer.secrets()).toEqual({});
    await clients.create(application, "new");
    expect(await vaultServer.secrets()).toEqual({ new: { token: clients.tokens.get("new") } });
    expect(await clients.readAll(application)).toEqual({ DB: 80, VAULT: 1 });

    // All of them move while clients use them.
    const before = clients.requests;
    const moved = await clients.useWhile(application, application.step("/migration"));
    console.log(JSON.stringify(moved.failures, null, 1));
    expect(moved).toMatchObject({ status: "ended", failed: 0 });
    expect(clients.requests - before).toBeGreaterThan(20);
    expect(await clients.readAll(application)).toEqual({ VAULT: 81 });
    expect(await vaultServer.secrets()).toEqual(stored(clients));
    expect(await encryptedRows(database)).toBeGreaterThan(0);
    expect(await clients.useWhile(application, application.step("/migration/finalize"))).toMatchObject({
      status: "ended",
      failed: 0,
    });
    expect(await encryptedRows(database)).toBe(0);
    expect((await application.get("/secrets-manager")).body).toMatchObject({
      manager: "VAULT",
      countByManager: { VAULT: 81 },
      health: { status: "healthy", count: 81 },
    });
    expect(await application.terminate()).toBe(0);
    shows(application);

    // The database again: now Vault's secrets are the old ones.
    application = await RunningApplication.start({ ...onVault, ARCHESTRA_SECRETS_MANAGER: "DB" });
    expect(application.warning(OF_OTHERS)?.message).toContain("81 at VAULT");
    await clients.update(application, "team-0/0");
    await clients.delete(application, "team-1/1");
    await clients.create(application, "newer");
    expect(await clients.readAll(application)).toEqual({ DB: 1, VAULT: 80 });
    expect(await vaultServer.secrets()).not.toHaveProperty("team-1/1");

    expect(await clients.useWhile(application, application.step("/migration"))).toMatchObject({ failed: 0 });
    expect(await clients.readAll(application)).toEqual({ DB: 81 });
    expect(Object.keys(await vaultServer.secrets())).not.toEqual([]);
    expect(await application.step("/migration/finalize")).toMatchObject({ status: "ended", failed: 0 });
    expect(await vaultServer.secrets()).toEqual({});
    expect(await clients.readAll(application)).toEqual({ DB: 81 });
    expect(await application.terminate()).toBe(0);
    shows(application);
  });

  test("moves back what was not finalized", async () => {
    const { database, vaultServer, onDatabase, onVault, clients } = await prepare();
    let application = await RunningApplication.start(onDatabase);
    for (const name of ["github", "slack", "jira"]) await clients.create(application, name);
    await application.terminate();

    application = await RunningApplication.start(onVault);
    expect(await application.step("/migration", { dryRun: true })).toMatchObject({ done: 3, failed: 0 });
    expect(await vaultServer.secrets()).toEqual({});
    expect(await application.step("/migration")).toMatchObject({ done: 3, failed: 0 });
    expect(await encryptedRows(database)).toBe(3);
    await clients.update(application, "github");
    await clients.delete(application, "slack");
    expect(await encryptedRows(database)).toBe(2);

    expect(await application.step("/migration", { to: "db" })).toMatchObject({ done: 2, failed: 0 });
    expect(await clients.readAll(application)).toEqual({ DB: 2 });
    expect(await application.step("/migration/finalize")).toMatchObject({ done: 2, failed: 0 });
    expect(await vaultServer.secrets()).toEqual({});
    expect(await clients.readAll(application)).toEqual({ DB: 2 });
    expect((await application.get("/credentials/slack")).status).toBe(404);
  });

  test.each(["kill", "terminate"] as const)("goes on after a %s in the middle of it", async (end) => {
    const { database, vaultServer, onDatabase, onVault, clients } = await prepare();
    let application = await RunningApplication.start(onDatabase);
    for (let number = 0; number < 80; number++) await clients.create(application, `team/${number}`);
    await application.terminate();

    application = await RunningApplication.start(onVault);
    await application.begin("/migration", { concurrency: 2 });
    expect((await application.request("POST", "/migration")).status).toBe(409);
    while (((await application.progress()).done ?? 0) < 10);
    await application[end]();
    // It lies as it was left: readers find everything.
    application = await RunningApplication.start(onVault);
    const counts = await clients.readAll(application);
    expect(counts.DB).toBeGreaterThan(0);
    expect(counts.VAULT).toBeGreaterThanOrEqual(10);
    // Nobody waits two minutes here for what the process that died held fast.
    await database.query(
      "UPDATE archestra_secrets SET operation_started_at = 1 WHERE operation_id IS NOT NULL",
    );
    expect(await application.step("/migration")).toMatchObject({
      status: "ended",
      done: counts.DB,
      skipped: counts.VAULT,
      failed: 0,
    });
    expect(await clients.readAll(application)).toEqual({ VAULT: 80 });
    expect(await application.step("/migration/finalize")).toMatchObject({ done: 80, failed: 0 });
    expect(await vaultServer.secrets()).toEqual(stored(clients));
    expect(await encryptedRows(database)).toBe(0);
    shows(application);
  });

  async function prepare() {
    const database = await createDatabase();
    const vaultServer = await vault();
    return {
      database,
      vaultServer,
      onDatabase: database.env,
      onVault: { ...database.env, ...vaultServer.env, ARCHESTRA_SECRETS_MANAGER: "VAULT" },
      clients: new CredentialClients(),
    };
  }
});

/** What Vault has to hold when it holds everything. */
function stored({ tokens }: CredentialClients): Record<string, unknown> {
  return Object.fromEntries([...tokens].map(([name, token]) => [name, { token }]));
}

async function encryptedRows(database: { query<Row>(sql: string): Promise<Row[]> }): Promise<number> {
  const [row] = await database.query<{ count: number | string }>(
    "SELECT count(*) AS count FROM archestra_secrets WHERE value IS NOT NULL",
  );
  return Number(row?.count);
}

function shows({ shown }: RunningApplication): void {
  expect(shown.filter((text) => text.includes(TOKEN))).toEqual([]);
}
