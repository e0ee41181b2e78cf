import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { outcome } from "../support/outcome.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";

/** How many connections the pool of `dbPlugin({ url })` has. */
const POOL = 10;
const DEADLINE = 2_000;
const LOCKED_MILLISECONDS = 9_000;
/** Of the manager's sessions at the server, also those whose client is gone. */
const sessions =
  "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'archestra-secrets'";

describePostgres("a table that another session locks for several deadlines", () => {
  test("does not make the manager take ever more of the server's connections", async () => {
    const { url, query } = await postgresDatabase();
    const env = { ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey };
    const manager = await startManager(env, { timeout: DEADLINE });
    await manager.create("a", { n: 1 });
    const holder = new pg.Client({ connectionString: url });
    holder.on("error", () => {});
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query("BEGIN; LOCK TABLE archestra_secrets IN ACCESS EXCLUSIVE MODE");
    let isOver = false;
    const callers = Array.from({ length: 16 }, async () => {
      while (!isOver) await outcome(manager.get("a"));
    });
    let most = 0;
    const until = performance.now() + LOCKED_MILLISECONDS;
    while (performance.now() < until) {
      most = Math.max(most, (await query(sessions)).length);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await holder.query("ROLLBACK");
    isOver = true;
    await Promise.all(callers);
    // A server waits for a lock on behalf of a client that is gone, unless it is told to look after it.
    expect(most).toBeLessThanOrEqual(3 * POOL);
    expect((await manager.get("a"))?.value).toEqual({ n: 1 });
  });
});
