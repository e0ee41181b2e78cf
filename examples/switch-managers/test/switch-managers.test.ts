import { expect, test } from "vitest";
import { TOKEN } from "./credential-clients.ts";
import { describeEachDatabase, encryptedRows, prepare } from "./managers.ts";
import { RunningApplication } from "./running-application.ts";

const OF_OTHERS = "ARCHESTRA_SECRETS_OF_OTHER_MANAGERS";

describeEachDatabase("an application whose manager changes", (createDatabase) => {
  test("switches from the database to Vault and back while it is in use", async () => {
    const { database, vaultServer, onDatabase, onVault, clients } = await prepare(await createDatabase());

    let application = await RunningApplication.start(onDatabase);
    for (let number = 0; number < 50; number++)
      await clients.create(application, `team-${number % 3}/${number}`);
    await clients.create(application, "deleted");
    expect(application.warning(OF_OTHERS)).toBeUndefined();
    expect(await application.terminate()).toBe(0);
    expect(application.log.at(-1)?.message).toBe("Stopped.");

    // Old secrets stay where they are, new ones go to Vault.
    application = await RunningApplication.start(onVault);
    expect(application.warning(OF_OTHERS)?.message).toContain("51 at DB");
    expect(await clients.readAll(application)).toEqual({ DB: 51 });
    await clients.update(application, "team-0/0");
    await clients.delete(application, "deleted");
    expect((await application.get("/credentials/deleted")).status).toBe(404);
    const again = await application.request("POST", "/credentials/team-0/0", { token: TOKEN });
    expect(again).toMatchObject({ status: 409, body: { error: { reason: "OTHER_MANAGER" } } });
    expect(await vaultServer.secrets()).toEqual({});
    await clients.create(application, "new");
    expect(await vaultServer.secrets()).toEqual({ new: { token: clients.tokens.get("new") } });
    expect(await clients.readAll(application)).toEqual({ DB: 50, VAULT: 1 });

    // All of them move while clients use them.
    const before = clients.requests;
    const moved = await clients.useWhile(application, application.step("/migration"));
    expect(moved).toMatchObject({ status: "ended", failed: 0 });
    expect(clients.requests - before).toBeGreaterThanOrEqual(20);
    expect(await clients.readAll(application)).toEqual({ VAULT: 51 });
    expect(await vaultServer.secrets()).toEqual(clients.stored);
    expect(await encryptedRows(database)).toBeGreaterThan(0);
    expect(await clients.useWhile(application, application.step("/migration/finalize"))).toMatchObject({
      status: "ended",
      failed: 0,
    });
    expect(await encryptedRows(database)).toBe(0);
    expect((await application.get("/secrets-manager")).body).toMatchObject({
      manager: "VAULT",
      countByManager: { VAULT: 51 },
      health: { status: "healthy", count: 51 },
    });
    expect(await application.terminate()).toBe(0);
    expect(application.shown.filter((text) => text.includes(TOKEN))).toEqual([]);

    // The database again: now Vault's secrets are the old ones.
    application = await RunningApplication.start({ ...onVault, ARCHESTRA_SECRETS_MANAGER: "DB" });
    expect(application.warning(OF_OTHERS)?.message).toContain("51 at VAULT");
    await clients.update(application, "team-0/0");
    await clients.delete(application, "team-1/1");
    await clients.create(application, "newer");
    expect(await clients.readAll(application)).toEqual({ DB: 1, VAULT: 50 });
    expect(await vaultServer.secrets()).not.toHaveProperty("team-1/1");

    expect(await clients.useWhile(application, application.step("/migration"))).toMatchObject({ failed: 0 });
    expect(await clients.readAll(application)).toEqual({ DB: 51 });
    expect(Object.keys(await vaultServer.secrets())).not.toEqual([]);
    expect(await application.step("/migration/finalize")).toMatchObject({ status: "ended", failed: 0 });
    expect(await vaultServer.secrets()).toEqual({});
    expect(await clients.readAll(application)).toEqual({ DB: 51 });
    expect(await application.terminate()).toBe(0);
    expect(application.shown.filter((text) => text.includes(TOKEN))).toEqual([]);
  });

  test("moves back what was not finalized", async () => {
    const { database, vaultServer, onDatabase, onVault, clients } = await prepare(await createDatabase());
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
});
