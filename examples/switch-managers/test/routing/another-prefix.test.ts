import { migrateSecrets, rebindPaths, type SecretsManager } from "@archestra/secrets-core";
import { expect, onTestFinished, test } from "vitest";
import { DatabaseAndVault } from "./support/database-and-vault.ts";
import { describeWithVault } from "./support/describe-with-vault.ts";
import { createDatabase, describeEachDatabase } from "./support/test-database.ts";

const vaultNames = ["copied-to-db", "vault-1", "vault-2", "vault-3"];
const names = ["copied-to-db", "db-1", "vault-1", "vault-2", "vault-3"];
const inVault = ["vault-1", "vault-2", "vault-3"];

describeWithVault("a process with another prefix", {}, (vault) => {
  describeEachDatabase("than that of the rows", (dialect) => {
    test("is refused, until the values were moved and rebindPaths() has rewritten the rows", async () => {
      const { before, after } = await openBoth(dialect);
      const [old, renewed] = [await openForTest(before), await openForTest(after)];
      const rows = await before.rows();
      for (const manager of [renewed, await openForTest(after, "DB")]) {
        for (const name of inVault) {
          for (const call of [
            () => manager.get(name),
            () => manager.has(name),
            () => manager.set(name, { of: "new" }),
            () => manager.update(name, { of: "new" }),
            () => manager.delete(name),
            () => manager.create(name, { of: "new" }),
          ]) {
            await expect(call()).rejects.toMatchObject({
              code: "INVALID_CONFIGURATION",
              reason: "PATH_MISMATCH",
              message: expect.stringContaining(`secret/data/${before.folder}/${name}`),
            });
          }
        }
        // What the database has is read; its deletion would have to find the copy.
        expect((await manager.get("copied-to-db"))?.value).toEqual({ of: "copied-to-db" });
        await expect(manager.delete("copied-to-db")).rejects.toMatchObject({ reason: "PATH_MISMATCH" });
      }

      const early = await rebindPaths(renewed);
      expect(early).toMatchObject({ done: 0, skipped: 1, failed: 4 });
      expect(early.failures.map(({ name, error }) => [name, error.code, error.reason]).sort()).toEqual(
        vaultNames.map((name) => [name, "NOT_FOUND", "NOT_AT_NEW_PATH"]),
      );
      expect(await before.rows()).toEqual(rows);
      expect(await valuesRead(old)).toEqual(names.map((name) => ({ of: name })));

      // One value is forgotten: its row stays.
      for (const name of vaultNames.slice(0, -1)) await move(name, before, after);
      const report = await rebindPaths(renewed);
      expect(report).toMatchObject({ done: 3, skipped: 1, failed: 1 });
      expect(report.failures[0]).toMatchObject({ name: "vault-3", error: { reason: "NOT_AT_NEW_PATH" } });
      await expect(renewed.get("vault-3")).rejects.toMatchObject({ reason: "PATH_MISMATCH" });

      await move("vault-3", before, after);
      expect(await rebindPaths(renewed)).toMatchObject({ done: 1, skipped: 4, failed: 0 });
      expect(await valuesRead(renewed)).toEqual(names.map((name) => ({ of: name })));
      await expect(old.get("vault-1")).rejects.toMatchObject({ reason: "PATH_MISMATCH" });
      for (const name of names) expect(await renewed.delete(name)).toBe(true);
      expect(await after.vaultNames()).toEqual([]);
    });
  });

  async function openBoth(dialect: Parameters<typeof createDatabase>[0]) {
    const database = await createDatabase(dialect);
    onTestFinished(() => database.remove());
    const before = new DatabaseAndVault(database, vault());
    const after = new DatabaseAndVault(database, vault());
    const manager = await before.open("VAULT");
    for (const name of vaultNames) await manager.create(name, { of: name });
    expect(await migrateSecrets(manager, { to: "DB", prefix: "copied" })).toMatchObject({ done: 1 });
    await manager.close();
    const local = await before.open("DB");
    await local.create("db-1", { of: "db-1" });
    await local.close();
    return { before, after };
  }
});

async function openForTest(places: DatabaseAndVault, selected: "DB" | "VAULT" = "VAULT") {
  const manager = await places.open(selected);
  onTestFinished(() => manager.close());
  return manager;
}

async function valuesRead(manager: SecretsManager): Promise<unknown[]> {
  return [...(await manager.getMany(names)).values()].map(
    (result) => result.status === "found" && result.secret.value,
  );
}

/** As an operator moves a value, with Vault's own tools. */
async function move(name: string, from: DatabaseAndVault, to: DatabaseAndVault): Promise<void> {
  const value = await from.vaultValue(name);
  await to.vault.demand("POST", `secret/data/${to.folder}/${name}`, { data: value });
  await from.vault.demand("DELETE", `secret/metadata/${from.folder}/${name}`);
}
