import { expect, test } from "vitest";
import { deriveEncryptionKey } from "../../src/encryption/encryption-key.ts";
import type { SweepProgress } from "../../src/index.ts";
import { describeEachDatabase, type TestDatabase } from "../support/each-database.ts";
import { failure, failureCode } from "../support/failure.ts";
import { startManager } from "../support/open-manager.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey, plantedValue } from "../support/planted.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const [oldSecret, newSecret] = [plantedKey(), plantedKey()];
const [oldKey, newKey] = [deriveEncryptionKey(oldSecret).id, deriveEncryptionKey(newSecret).id];
const step = rollouts(oldSecret, newSecret);

/** A database with so many secrets under the old key. */
async function fill(database: TestDatabase, count: number): Promise<{ name: string; value: object }[]> {
  await (await startManager(database.environment(step.old))).close();
  const secrets = Array.from({ length: count }, (_, index) => ({
    name: `n/${index}`,
    value: plantedValue(),
  }));
  // The next start encrypts them, a page at a time: that takes less than to create them one by one.
  for (let index = 0; index < count; index += 100) {
    const rows = secrets.slice(index, index + 100);
    const places = rows.map((_, row) => `($${2 * row + 1}, $${2 * row + 2})`);
    const fields = rows.flatMap(({ name, value }) => [name, JSON.stringify(value)]);
    await database.query(
      `INSERT INTO archestra_secrets (name, value) VALUES ${places.join(", ")}`,
      ...fields,
    );
  }
  await (await startManager(database.environment(step.old))).close();
  return secrets;
}

const keysOf = async (database: TestDatabase) =>
  (
    await database.query<{ key_id: string }>("SELECT DISTINCT key_id FROM archestra_secrets ORDER BY key_id")
  ).map(({ key_id }) => key_id);

describeEachDatabase(
  "a sweep",
  (create) => {
    test("moves every secret to the current key, and values, versions and times stay", async () => {
      const database = await create();
      const secrets = await fill(database, 600);
      const infos = "SELECT id, name, version, created_at, updated_at FROM archestra_secrets ORDER BY id";
      const before = await database.query(infos);
      const rotation = await startRotation(database.environment(step.promoted));
      const progress: SweepProgress[] = [];
      const report = await rotation.sweep({ onProgress: (state) => void progress.push(state) });
      expect(report).toEqual({
        keyId: newKey,
        reencrypted: 600,
        failed: 0,
        unknown: 0,
        superseded: false,
        stillWritten: false,
        done: true,
        dryRun: false,
      });
      expect(progress.map(({ reencrypted, remaining }) => [reencrypted, remaining])).toEqual([
        [250, 350],
        [500, 100],
        [600, 0],
      ]);
      expect(progress[1]?.secondsRemaining).toBeCloseTo(100 / (progress[1]?.rowsPerSecond ?? 0));
      expect(await keysOf(database)).toEqual([newKey]);
      expect(await database.query(infos)).toEqual(before);
      const manager = await startManager(
        database.environment({ ARCHESTRA_SECRETS_ENCRYPTION_SECRET: newSecret }),
      );
      for (const { name, value } of secrets) expect((await manager.get(name))?.value).toEqual(value);
      expect(await rotation.sweep()).toMatchObject({ reencrypted: 0, done: true });
    });

    test("that is a dry run counts what it would do, and changes nothing", async () => {
      const database = await create();
      await fill(database, 3);
      await database.query("UPDATE archestra_secrets SET name = 'moved' WHERE name = 'n/1'");
      const everything = async () => [
        await database.query("SELECT * FROM archestra_secrets ORDER BY id"),
        await database.query("SELECT * FROM archestra_secrets_keys"),
      ];
      const before = await everything();
      const rotation = await startRotation(database.environment(step.promoted));
      expect(await rotation.sweep({ dryRun: true })).toEqual({
        keyId: newKey,
        reencrypted: 2,
        failed: 1,
        unknown: 0,
        superseded: false,
        stillWritten: false,
        done: false,
        dryRun: true,
      });
      expect(await everything()).toEqual(before);
    });

    test("leaves rows that cannot be decrypted as they are, and does not report that it is done", async () => {
      const database = await create();
      await fill(database, 4);
      const foreign = await startManager(database.environment(step.promoted));
      await foreign.create("of-the-new-key", plantedValue());
      await foreign.close();
      await database.query("UPDATE archestra_secrets SET name = 'moved' WHERE name = 'n/1'");
      await database.query("UPDATE archestra_secrets SET key_id = $1 WHERE name = 'n/2'", newKey);
      await database.query("UPDATE archestra_secrets SET key_id = 'AAAAAAAAAAA' WHERE name = 'n/3'");
      const before = await database.query("SELECT * FROM archestra_secrets WHERE name <> 'n/0' ORDER BY id");
      const rotation = await startRotation(database.environment(step.promoted));
      expect(await rotation.sweep()).toEqual({
        keyId: newKey,
        reencrypted: 1,
        failed: 1,
        unknown: 1,
        superseded: false,
        stillWritten: false,
        done: false,
        dryRun: false,
      });
      expect(await database.query("SELECT * FROM archestra_secrets WHERE name <> 'n/0' ORDER BY id")).toEqual(
        before,
      );
    });

    test("is not done while secrets are under a key that the process does not have", async () => {
      const database = await create();
      await fill(database, 1);
      await database.query("UPDATE archestra_secrets SET key_id = 'AAAAAAAAAAA'");
      const rotation = await startRotation(database.environment(step.promoted));
      expect(await rotation.sweep()).toMatchObject({ reencrypted: 0, failed: 0, unknown: 1, done: false });
      expect((await rotation.status()).keys.at(-1)).not.toHaveProperty("sweepDoneAt");
    });

    test("does not encrypt again a row whose key column was edited to another key of the ring", async () => {
      const database = await create();
      await fill(database, 1);
      const manager = await startManager(database.environment(step.promoted));
      await manager.set("fresh", plantedValue());
      await database.query("UPDATE archestra_secrets SET key_id = $1 WHERE name = 'fresh'", oldKey);
      const rotation = await startRotation(database.environment(step.promoted));
      expect(await rotation.sweep()).toMatchObject({ reencrypted: 1, failed: 1, done: false });
      expect(await failureCode(manager.get("fresh"))).toBe("DECRYPTION_FAILED TAMPERED");
    });

    test("that is aborted keeps its progress, and continues from there", async () => {
      const database = await create();
      await fill(database, 600);
      const rotation = await startRotation(database.environment(step.promoted));
      const abort = new AbortController();
      const error = await failure(rotation.sweep({ signal: abort.signal, onProgress: () => abort.abort() }));
      expect([error.code, error.operation]).toEqual(["ABORTED", "sweep"]);
      expect((await rotation.status()).keys.map(({ keyId, rows }) => [keyId, rows])).toEqual([
        [oldKey, 350],
        [newKey, 250],
      ]);
      expect(await rotation.sweep()).toMatchObject({ reencrypted: 350, done: true });
    });

    test("with the wrong key registers nothing and changes nothing", async () => {
      const database = await create();
      await fill(database, 2);
      const keys = () => database.query("SELECT * FROM archestra_secrets_keys");
      const before = await keys();
      const rotation = await startRotation(
        database.environment({ ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedKey() }),
      );
      expect(await failureCode(rotation.sweep())).toBe("DECRYPTION_FAILED KEY_MISMATCH");
      expect(await keys()).toEqual(before);
      expect((await rotation.status()).next.action).toBe("restore-key");
    });

    test("after a rollback registers the key as the last, so that no other process undoes it", async () => {
      const database = await create();
      await fill(database, 900);
      const forward = await startRotation(database.environment(step.promoted));
      const back = await startRotation(database.environment(step.prepared));
      expect(await forward.sweep()).toMatchObject({ reencrypted: 900, done: true });
      expect((await back.status()).next).toMatchObject({ action: "sweep", keyId: newKey });
      expect((await back.status()).next.instruction).toContain("was registered last");
      expect(await back.sweep()).toMatchObject({ reencrypted: 900, done: true });
      expect(await keysOf(database)).toEqual([oldKey]);

      // A process of the newer key that starts now leaves it so.
      const logger = recordedLogger();
      const manager = await startManager(database.environment(step.promoted), { logger });
      await manager.close();
      expect((await forward.status()).keys.at(-1)).toMatchObject({ keyId: oldKey, registeredLast: true });
      expect(await keysOf(database)).toEqual([oldKey]);
    });

    test("ends when another key is registered as the last while it runs", async () => {
      const database = await create();
      await fill(database, 900);
      const forward = await startRotation(database.environment(step.promoted));
      const registerOldAgain =
        "UPDATE archestra_secrets_keys SET sequence = (SELECT max(sequence) + 1 FROM archestra_secrets_keys) WHERE key_id = $1";
      const report = await forward.sweep({
        onProgress: async ({ reencrypted }) => {
          if (reencrypted === 500) await database.query(registerOldAgain, oldKey);
        },
      });
      expect(report).toMatchObject({ reencrypted: 500, superseded: true, done: false });
      expect(await keysOf(database)).toEqual([oldKey, newKey].sort());
    });

    test("takes few rows at a time when their values are large", async () => {
      const database = await create();
      await (await startManager(database.environment(step.old))).close();
      for (let index = 0; index < 6; index++) {
        const value = JSON.stringify({ large: "x".repeat(1024 * 1024) });
        await database.query(
          "INSERT INTO archestra_secrets (name, value) VALUES ($1, $2)",
          `n/${index}`,
          value,
        );
      }
      await (await startManager(database.environment(step.old))).close();
      const rotation = await startRotation(database.environment(step.promoted));
      const steps: number[] = [];
      const report = await rotation.sweep({ onProgress: ({ reencrypted }) => void steps.push(reencrypted) });
      expect(report).toMatchObject({ reencrypted: 6, done: true });
      // Of 1.4 MB each when they are encrypted.
      expect(steps).toEqual([2, 4, 6]);
    });

    test("of many rows moves the small and the large ones", async () => {
      const database = await create();
      await (await startManager(database.environment(step.old))).close();
      await database.query(`
      INSERT INTO archestra_secrets (name, value)
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3000)
      SELECT 'n/' || n, '{"n":' || n || '}' FROM numbers`);
      for (let index = 0; index < 8; index++) {
        const value = JSON.stringify({ large: "x".repeat(1024 * 1024) });
        await database.query(
          "INSERT INTO archestra_secrets (name, value) VALUES ($1, $2)",
          `l/${index}`,
          value,
        );
      }
      await (await startManager(database.environment(step.old))).close();
      const rotation = await startRotation(database.environment(step.promoted));
      expect(await rotation.sweep({ dryRun: true })).toMatchObject({ reencrypted: 3008, failed: 0 });
      expect(await rotation.sweep()).toMatchObject({ reencrypted: 3008, failed: 0, done: true });
      expect(await rotation.verify()).toMatchObject({ verified: true, rows: 3008 });
    });
  },
  { withGrants: true },
);
