import { expect, test } from "vitest";
import { killWriters } from "../crash/kill-writers.ts";
import { defaultKey } from "../support/open-manager.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";

describePostgres("on PostgreSQL", () => {
  test("every acknowledged write survives kill -9 of the writer at 200 moments, and every row opens", async () => {
    const { url } = await postgresDatabase();
    const env = { ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey };
    const { acknowledged } = await killWriters(env, 200);
    console.log(`200 kills on PostgreSQL, ${acknowledged} acknowledged writes, all there`);
    expect(acknowledged).toBeGreaterThanOrEqual(100);
  });
});
