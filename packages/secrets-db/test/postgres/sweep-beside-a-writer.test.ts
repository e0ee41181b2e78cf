import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { startManager } from "../support/open-manager.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey } from "../support/planted.ts";
import { describePostgres, type PostgresDatabase, postgresDatabase } from "../support/postgres-database.ts";

const [oldSecret, newSecret] = [plantedKey(), plantedKey()];
const step = rollouts(oldSecret, newSecret);

interface Row {
  readonly name: string;
  readonly value: string;
  readonly key_id: string;
  readonly version: number;
}

const rowsOf = async (database: PostgresDatabase) => {
  const rows = await database.query<Row>(
    "SELECT name, value, key_id, version::integer FROM archestra_secrets",
  );
  return new Map(rows.map((row) => [row.name, row]));
};

/** A sweep that reaches the row "a" while a writer's transaction holds it. */
async function sweepBeside(write: (writer: pg.Client) => Promise<void>, end: "COMMIT" | "ROLLBACK") {
  const database = await postgresDatabase();
  const url = { ARCHESTRA_DATABASE_URL: database.url };
  const manager = await startManager({ ...url, ...step.old });
  await manager.create("a", { n: 1 });
  await manager.create("b", { n: 2 });
  await manager.close();
  const before = await rowsOf(database);

  const writer = new pg.Client({ connectionString: database.url });
  await writer.connect();
  onTestFinished(() => writer.end());
  await writer.query("BEGIN");
  await write(writer);
  const rotation = await startRotation({ ...url, ...step.promoted });
  const sweep = rotation.sweep();
  const isBlocked =
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  while ((await database.query(isBlocked)).length === 0);
  await writer.query(end);
  const report = await sweep;
  const after = await rowsOf(database);
  const readers = await startManager({ ...url, ...step.promoted });
  return { report, before, after, currentKeyId: rotation.currentKeyId, readers };
}

describePostgres("a sweep that waits for the transaction of a writer", () => {
  test("leaves the row as the writer committed it, also when the value is the same", async () => {
    const touch = "UPDATE archestra_secrets SET version = version + 1 WHERE name = 'a'";
    const { report, before, after, currentKeyId, readers } = await sweepBeside(
      async (writer) => void (await writer.query(touch)),
      "COMMIT",
    );
    // A later pass finds the row as it is now, and moves it.
    expect(report).toMatchObject({ reencrypted: 2, done: true });
    expect(after.get("a")).toMatchObject({ key_id: currentKeyId, version: 2 });
    expect(after.get("a")?.value).not.toBe(before.get("a")?.value);
    expect((await readers.get("a"))?.value).toEqual({ n: 1 });
  });

  test("never overwrites what the writer committed", async () => {
    const replace = `UPDATE archestra_secrets SET value = '{"written":true}', key_id = 'AAAAAAAAAAA' WHERE name = 'a'`;
    const { report, after, currentKeyId } = await sweepBeside(
      async (writer) => void (await writer.query(replace)),
      "COMMIT",
    );
    expect(report).toMatchObject({ reencrypted: 1 });
    expect(after.get("a")).toMatchObject({ value: '{"written":true}', key_id: "AAAAAAAAAAA" });
    expect(after.get("b")).toMatchObject({ key_id: currentKeyId });
  });

  test.each([
    ["rolls back", "UPDATE archestra_secrets SET value = '{}' WHERE name = 'a'", "ROLLBACK"],
    ["only locked the row", "SELECT 1 FROM archestra_secrets WHERE name = 'a' FOR UPDATE", "COMMIT"],
  ] as const)("moves the row at once when the writer %s", async (_, statement, end) => {
    const { report, after, currentKeyId, readers } = await sweepBeside(
      async (writer) => void (await writer.query(statement)),
      end,
    );
    expect(report).toMatchObject({ reencrypted: 2, stillWritten: false, done: true });
    expect([...after.values()].map((row) => row.key_id)).toEqual([currentKeyId, currentKeyId]);
    expect((await readers.get("a"))?.value).toEqual({ n: 1 });
  });
});
