import pg from "pg";
import { expect, test } from "vitest";
import { shareAgents } from "../support/agents.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";
import { raceWithDifferentKeys } from "./key-race.ts";

const environment = (url: string, more = {}) => ({
  ARCHESTRA_DATABASE_URL: url,
  ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
  ...more,
});

describePostgres("several processes on PostgreSQL", () => {
  const takeAgents = shareAgents(10);

  test("that start at once on an empty database make the tables and the canary once", async () => {
    const { url, query } = await postgresDatabase();
    const agents = await takeAgents(10);
    await Promise.all(agents.map((agent) => agent.do("open", environment(url))));
    expect(await query("SELECT * FROM archestra_secrets_keys")).toHaveLength(1);
    expect(await query("SELECT * FROM archestra_secrets_migrations")).toHaveLength(1);
    await agents[0]?.do("set", "a", plantedValue());
    const values = await Promise.all(agents.map((agent) => agent.do("get", "a")));
    expect(new Set(values.map((value) => JSON.stringify(value))).size).toBe(1);
  });

  test("that create the same names at once: one wins each, and the others fail", async () => {
    const { url } = await postgresDatabase();
    const agents = await takeAgents(8);
    await Promise.all(agents.map((agent) => agent.do("open", environment(url))));
    const names = Array.from({ length: 30 }, (_, index) => `contested/${index}`);
    const outcomes = await Promise.all(
      agents.map((agent, index) => agent.do("create", names, { by: `process ${index}` })),
    );
    const manager = await startManager(environment(url));
    for (const [index, name] of names.entries()) {
      const ofName = outcomes.map((outcome) => outcome[index]);
      expect(ofName.filter((outcome) => outcome === "created")).toHaveLength(1);
      expect(ofName.filter((outcome) => outcome === "ALREADY_EXISTS")).toHaveLength(7);
      expect((await manager.get(name))?.value).toEqual({ by: `process ${ofName.indexOf("created")}` });
    }
  });

  test("of which two start first with different keys: one wins, and the other reports that its key is wrong", async () => {
    await raceWithDifferentKeys(await takeAgents(2), 4);
  });

  test("that start on plaintext encrypt each row once, count each once, and serve all when they are up", async () => {
    const { url, query } = await postgresDatabase();
    await (await startManager(environment(url))).close();
    await query(
      "INSERT INTO archestra_secrets (name, value) SELECT 'brought/' || n, json_build_object('n', n)::text FROM generate_series(1, 1500) AS n",
    );
    const agents = await takeAgents(6);
    const warnings = await Promise.all(
      agents.map(async (agent, index) => {
        const warned = await agent.do("open", environment(url));
        // Whoever encrypted it, it is served as soon as any start has ended.
        expect(await agent.do("get", `brought/${index * 249 + 1}`)).toEqual({ n: index * 249 + 1 });
        return warned;
      }),
    );
    const counted = warnings.flat().reduce((sum, fields) => sum + Number(fields.plaintext ?? 0), 0);
    expect(counted).toBe(1_500);
    expect(await query("SELECT 1 FROM archestra_secrets WHERE key_id IS NULL")).toEqual([]);
  });

  test("of which one still holds a page: a start waits for it, and does not leave its rows behind", async () => {
    const { url, query } = await postgresDatabase();
    await (await startManager(environment(url))).close();
    await query("INSERT INTO archestra_secrets (name, value) SELECT 'held', '{\"n\":1}'");
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query("BEGIN");
    await holder.query("SELECT id FROM archestra_secrets FOR UPDATE");
    let isStarted = false;
    const start = startManager(environment(url)).finally(() => {
      isStarted = true;
    });
    let isWaiting = false;
    while (!isStarted && !isWaiting) {
      const waiting = await query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      isWaiting = waiting.length > 0;
    }
    await holder.query("ROLLBACK");
    await holder.end();
    const manager = await start;
    expect(isWaiting).toBe(true);
    expect((await manager.get("held"))?.value).toEqual({ n: 1 });
  });
});
