import { realpathSync } from "node:fs";
import { join } from "node:path";
import { finalizeMigration, migrateSecrets } from "@archestra/secrets-core";
import { MemoryStore } from "@archestra/secrets-core/memory";
import { expect, test } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import { startAgent } from "../support/agents.ts";
import { describeEachDatabase, type TestDatabase } from "../support/each-database.ts";
import { externalPlugin } from "../support/external-plugin.ts";
import { failure, failureCode } from "../support/failure.ts";
import { startManager } from "../support/open-manager.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey, plantedValue } from "../support/planted.ts";
import { scratchFolder } from "../support/scratch-folder.ts";

const noKey = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: undefined };

async function withOwnSecret(create: () => Promise<TestDatabase>): Promise<TestDatabase> {
  const database = await create();
  const manager = await startManager(database.environment());
  await manager.create("own", plantedValue());
  await manager.close();
  return database;
}

describeEachDatabase("with another manager selected", (create) => {
  test("the database keeps its ownership without a key, and asks for one at the first secret of its own", async () => {
    const database = await withOwnSecret(create);
    const plugins = [externalPlugin(), dbPlugin()];
    const manager = await startManager(database.environment(noKey), { plugins, manager: "OTHER" });
    const value = plantedValue();
    expect((await manager.create("a", value)).manager).toBe("OTHER");
    expect((await manager.get("a"))?.value).toEqual(value);
    const rows = await database.query(
      "SELECT manager, state, path, value FROM archestra_secrets WHERE name = 'a'",
    );
    expect(rows).toEqual([{ manager: "OTHER", state: "active", path: "other/a", value: null }]);
    const listed = await Array.fromAsync(manager.list(), (secret) => [secret.name, secret.manager]);
    expect(listed).toEqual([
      ["a", "OTHER"],
      ["own", "DB"],
    ]);
    expect(await failureCode(manager.get("own"))).toBe("INVALID_CONFIGURATION KEY_MISSING");
    expect(await failureCode(manager.set("own", plantedValue()))).toBe("INVALID_CONFIGURATION KEY_MISSING");
    expect(await manager.check()).toMatchObject({
      status: "degraded",
      problems: [{ reason: "KEY_MISSING" }],
    });
    expect(await manager.delete("a")).toBe(true);
    expect(await database.query("SELECT name FROM archestra_secrets")).toEqual([{ name: "own" }]);
  });

  test.each([
    { move: "to it", options: { to: "DB" } },
    { move: "to it, tried without a change", options: { to: "DB", dryRun: true } },
    { move: "from it", options: { to: "OTHER", from: "DB" } },
  ])("the database without a key refuses a migration $move before anything happens", async ({ options }) => {
    const database = await withOwnSecret(create);
    const plugins = [externalPlugin(), dbPlugin()];
    const manager = await startManager(database.environment(noKey), { plugins, manager: "OTHER" });
    await manager.create("a", plantedValue());
    const rows = await database.query("SELECT * FROM archestra_secrets ORDER BY name");
    const error = await failure(migrateSecrets(manager, options));
    expect([error.code, error.reason, error.manager]).toEqual([
      "INVALID_CONFIGURATION",
      "OWNER_NOT_CONFIGURED",
      "DB",
    ]);
    expect(error.message).toContain("ARCHESTRA_SECRETS_ENCRYPTION_SECRET");
    expect(await database.query("SELECT * FROM archestra_secrets ORDER BY name")).toEqual(rows);
  });
});

describeEachDatabase("secrets that are moved", (create) => {
  test("go to the other manager and come back, through a change of the key", async () => {
    const database = await create();
    const step = rollouts(plantedKey(), plantedKey());
    const plugins = [externalPlugin(new MemoryStore()), dbPlugin()];
    const names = ["a", "b", "c"];
    const values = new Map(names.map((name) => [name, plantedValue()]));
    const first = await startManager(database.environment(step.old), { plugins, manager: "DB" });
    const versions = new Set<unknown>();
    for (const [name, value] of values) versions.add((await first.create(name, value)).version);
    expect(await migrateSecrets(first, { to: "OTHER" })).toMatchObject({ done: 3 });
    for (const [name, value] of values) {
      const secret = await first.get(name);
      expect([secret?.manager, secret?.value]).toEqual(["OTHER", value]);
      versions.add(secret?.version);
    }
    // The copies are still here, under the old key.
    const rotation = await startRotation(database.environment(step.promoted));
    expect(await rotation.status()).toMatchObject({ rows: 3 });
    expect(await rotation.sweep()).toMatchObject({ reencrypted: 3, done: true });
    await first.close();

    const second = await startManager(database.environment(step.promoted), { plugins, manager: "OTHER" });
    expect(await migrateSecrets(second, { to: "DB" })).toMatchObject({ done: 3 });
    for (const [name, value] of values) {
      const secret = await second.get(name);
      expect([secret?.manager, secret?.value]).toEqual(["DB", value]);
      versions.add(secret?.version);
    }
    expect(versions.size).toBe(9);
    await finalizeMigration(second);
    const copies = await database.query("SELECT name FROM archestra_secrets WHERE copy_manager IS NOT NULL");
    expect(copies).toEqual([]);
    expect(await rotation.verify()).toMatchObject({ verified: true, rows: 3 });
  });
});

test("without a URL the warning says that the embedded database keeps the ownership table", async () => {
  const folder = realpathSync(scratchFolder());
  const agent = await startAgent(folder);
  const warnings = await agent.do("openBesideExternal", {});
  expect(warnings).toEqual([expect.stringContaining(join(folder, ".archestra", "secrets.db"))]);
  expect(warnings[0]).toMatch(/which manager owns which secret is kept.*persistent volume/);
});
