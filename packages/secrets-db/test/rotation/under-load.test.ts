import { expect, test } from "vitest";
import { deriveEncryptionKey } from "../../src/encryption/encryption-key.ts";
import { describeEachDatabase } from "../support/each-database.ts";
import { Load, sumOfIncrements } from "../support/load.ts";
import { startManager } from "../support/open-manager.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey } from "../support/planted.ts";

const [oldSecret, newSecret] = [plantedKey(), plantedKey()];
const [oldKey, newKey] = [deriveEncryptionKey(oldSecret).id, deriveEncryptionKey(newSecret).id];
const step = rollouts(oldSecret, newSecret);
const names = Array.from({ length: 2_000 }, (_, index) => `counter/${index}`);

describeEachDatabase("while eight writers and eight readers work", (create) => {
  test("a sweep loses no update, fails no read, and leaves every secret on the current key", async () => {
    const database = await create();
    const old = await startManager(database.environment(step.prepared));
    for (let from = 0; from < names.length; from += 50)
      await Promise.all(names.slice(from, from + 50).map((name) => old.create(name, { count: 0 })));
    const promoted = await startManager(database.environment(step.promoted));
    const rotation = await startRotation(database.environment(step.promoted));
    // Two of the writers are of the older rollout still: what they write is found again by the next sweep.
    const loads = [new Load(old, names, 2), new Load(promoted, names, 6)];
    const first = await rotation.sweep();
    expect(first).toMatchObject({ failed: 0, unknown: 0, superseded: false });
    // The writers of the newer rollout are at it too.
    expect(first.reencrypted).toBeGreaterThan(0);
    const oldReport = await loads[0]?.end();
    expect(await rotation.sweep()).toMatchObject({ stillWritten: false, done: true });
    const reports = [oldReport, await loads[1]?.end()].filter((report) => report !== undefined);
    for (const { failures, reads } of reports) {
      expect(failures).toEqual([]);
      expect(reads).toBeGreaterThan(0);
    }
    expect(await database.query("SELECT DISTINCT key_id FROM archestra_secrets")).toEqual([
      { key_id: newKey },
    ]);
    await promoted.close();
    await old.close();
    const after = await startManager(
      database.environment({ ARCHESTRA_SECRETS_ENCRYPTION_SECRET: newSecret }),
    );
    const results = await after.getMany(names);
    for (const name of names) {
      const result = results.get(name);
      const count = result?.status === "found" ? result.secret.value.count : result;
      expect(count).toBe(sumOfIncrements(reports, name));
    }
    expect(oldKey).not.toBe(newKey);
  });
});
