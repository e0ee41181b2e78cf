import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { outcome } from "../support/outcome.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";

/** How many connections the pool of `dbPlugin({ url })` has. */
const POOL = 10;
const names = Array.from({ length: 5 * POOL }, (_, index) => `n/${index}`);

/** A manager with a pool of its own, and another session that locks the table on request. */
async function lockable(timeout: number) {
  const { url, query } = await postgresDatabase();
  const env = { ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey };
  const manager = await startManager(env, { timeout });
  const session = new pg.Client({ connectionString: url });
  session.on("error", () => {});
  await session.connect();
  onTestFinished(() => session.end());
  return {
    query,
    manager,
    lock: () => session.query("BEGIN; LOCK TABLE archestra_secrets IN ACCESS EXCLUSIVE MODE"),
    unlock: () => session.query("ROLLBACK"),
    /** How many statements wait for the lock. */
    waiting: async () => {
      const [row] = await query<{ count: string }>(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return Number(row?.count);
    },
  };
}

describePostgres("more calls than the manager's own pool has connections, each held by a lock", () => {
  for (const kind of ["create", "delete"] as const) {
    test(`a ${kind} that got no connection is TIMEOUT and never happens`, async () => {
      const { query, manager, lock, unlock, waiting } = await lockable(3_000);
      if (kind === "delete") for (const name of names) await manager.create(name, { n: 1 });
      await lock();
      const calls = names.map((name) =>
        kind === "create" ? manager.create(name, { n: 1 }) : manager.delete(name),
      );
      const codes = await Promise.all(calls.map(outcome));
      // What was sent is cancelled at the server, whose answer may come too late. There are more calls than are ever sent.
      expect(codes).toContain("TIMEOUT");
      expect(codes.filter((code) => code !== "TIMEOUT" && code !== "OUTCOME_UNKNOWN")).toEqual([]);
      await unlock();
      while ((await waiting()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      // A call that got its connection only now would be sent within this.
      for (const name of names) await manager.has(name);
      const rows = await query<{ name: string }>("SELECT name FROM archestra_secrets");
      const stored = new Set(rows.map(({ name }) => name));
      const late = names.filter(
        (name, index) => codes[index] === "TIMEOUT" && stored.has(name) === (kind === "create"),
      );
      expect(late).toEqual([]);
    });
  }

  test("a call whose deadline is longer than ten seconds waits for a connection for longer than ten seconds", async () => {
    const { manager, lock, unlock, waiting } = await lockable(50_000);
    await lock();
    const some = names.slice(0, 2 * POOL);
    const calls = some.map((name) => outcome(manager.create(name, { n: 1 })));
    while ((await waiting()) < POOL) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 11_000));
    await unlock();
    expect(await Promise.all(calls)).toEqual(some.map(() => "done"));
  });
});
