import { expect, test } from "vitest";
import { describeEachDatabase, encryptedRows, prepare } from "./managers.ts";
import { RunningApplication } from "./running-application.ts";

/** So many that the migration has not ended before the test checks it. */
const SECRETS = 240;

describeEachDatabase("a migration that is interrupted", (createDatabase) => {
  test("continues after the process was killed, and after it was asked to stop", async () => {
    const { database, vaultServer, onDatabase, onVault, clients } = await prepare(await createDatabase());
    let application = await RunningApplication.start(onDatabase);
    for (let number = 0; number < SECRETS; number++) await clients.create(application, `team/${number}`);
    await application.terminate();

    application = await RunningApplication.start(onVault);
    let counts: Record<string, number> = {};
    for (const end of ["kill", "terminate"] as const) {
      await application.begin("/migration", { concurrency: 2 });
      expect((await application.request("POST", "/migration")).status).toBe(409);
      while (((await application.progress()).done ?? 0) < 10);
      const code = await application[end]();
      if (end === "terminate") expect(code).toBe(0);

      application = await RunningApplication.start(onVault);
      // Readers find everything, also what the process that died held fast.
      counts = await clients.readAll(application);
      // Nobody waits two minutes here until that is taken over.
      await database.query(
        "UPDATE archestra_secrets SET transition_started_at = 1 WHERE transition_id IS NOT NULL",
      );
    }
    expect(counts.DB).toBeGreaterThan(0);
    expect(counts.VAULT).toBeGreaterThanOrEqual(20);
    expect(await application.step("/migration")).toMatchObject({
      status: "ended",
      done: counts.DB,
      skipped: counts.VAULT,
      failed: 0,
    });
    expect(await clients.readAll(application)).toEqual({ VAULT: SECRETS });
    expect(await application.step("/migration/finalize")).toMatchObject({ done: SECRETS, failed: 0 });
    expect(await vaultServer.secrets()).toEqual(clients.stored);
    expect(await encryptedRows(database)).toBe(0);
  });
});
