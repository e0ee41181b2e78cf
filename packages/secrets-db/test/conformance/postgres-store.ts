import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { ArrangeFault, TestStore } from "@archestra/secrets-testkit";
import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import pg from "pg";
import { dbPlugin, grants, migrateDatabase } from "../../src/index.ts";
import { defaultKey } from "../support/open-manager.ts";

const SEED =
  "INSERT INTO archestra_secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/** The statements that change secrets. */
const changesIn = (schema: string) =>
  ["insert into", "update", "delete from"].map((verb) => `${verb} "${schema}"."archestra_secrets"`);

/** Until clients have heard that the server ended their connections. */
const HEARD_MILLISECONDS = 50;

/** Stores that a case has closed. Their tables are there and empty: to create them again takes longer than most cases do. */
const closed: { readonly store: TestStore; readonly end: () => Promise<void> }[] = [];

/** A store in which nothing is, that no other case uses meanwhile. */
export async function openPostgresStore(serverUrl: string): Promise<TestStore> {
  return closed.pop()?.store ?? makePostgresStore(serverUrl);
}

/** Ends what closed stores have kept open. */
export async function endPostgresStores(): Promise<void> {
  await Promise.all(closed.splice(0).map(({ end }) => end()));
}

/**
 * A schema, which is made sooner than a database, and in it the tables of another role. The manager's own role has the listed
 * grants and nothing more.
 */
async function makePostgresStore(serverUrl: string): Promise<TestStore> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const administrator = new pg.Client({ connectionString: serverUrl });
  await administrator.connect();
  const run = async (sql: string, parameters?: string[]) =>
    (await administrator.query(sql, parameters)).rows as { value: string }[];
  await run(`CREATE ROLE ${name} LOGIN PASSWORD 'test'`);
  await run(`SET search_path = ${name}`);
  await migrateDatabase({ url: serverUrl, schema: name }, { env: {} });
  await run(grants({ role: name, schema: name }));

  const endConnections = () =>
    run(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '${name}'`);
  /** A state of the server that lasts until it is lifted. */
  const lasting =
    (begin: string, end: string): ArrangeFault =>
    async () => {
      await run(begin);
      await endConnections();
      await sleep(HEARD_MILLISECONDS);
      // What has come meanwhile is read after the timers: by the proxy, and then by the clients.
      for (let turn = 0; turn < 4; turn++) await nextTurn();
      return async () => void (await run(end));
    };
  const proxy = await startCuttingProxy(Number(new URL(serverUrl).port));
  const url = new URL(serverUrl);
  url.username = name;
  url.password = "test";
  url.port = String(proxy.port);

  const end = async () => {
    await proxy.stop();
    await administrator.end();
  };
  const store: TestStore = {
    plugins: [dbPlugin()],
    env: {
      ARCHESTRA_DATABASE_URL: url.href,
      ARCHESTRA_DATABASE_SCHEMA: name,
      ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "false",
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
    },
    encrypted: true,
    readRaw: async (secret) =>
      (await run("SELECT value FROM archestra_secrets WHERE name = $1", [secret]))[0]?.value,
    seedRaw: async (secret, text) => void (await run(SEED, [secret, text])),
    connections: async () => {
      const sessions = `SELECT pid::text AS value FROM pg_stat_activity WHERE usename = '${name}'`;
      return (await run(sessions)).length;
    },
    faults: {
      unauthenticated: lasting(`ALTER ROLE ${name} NOLOGIN`, `ALTER ROLE ${name} LOGIN`),
      "permission-denied": lasting(
        `REVOKE ALL ON archestra_secrets FROM ${name}`,
        grants({ role: name, schema: name }),
      ),
      unavailable: lasting(`ALTER ROLE ${name} CONNECTION LIMIT 0`, `ALTER ROLE ${name} CONNECTION LIMIT -1`),
      timeout: async () => {
        await run("BEGIN");
        await run("LOCK TABLE archestra_secrets IN ACCESS EXCLUSIVE MODE");
        return async () => void (await run("COMMIT"));
      },
      "lost-answer": () => proxy.cutAt("archestra_secrets", "after"),
      "lost-request": [
        () => proxy.cutAt("archestra_secrets", "before"),
        () => {
          proxy.cutAt("archestra_secrets", "before", Number.POSITIVE_INFINITY);
          return () => proxy.heal();
        },
      ],
      "hanging-answer": () => {
        proxy.cutAt(changesIn(name), "held", Number.POSITIVE_INFINITY);
        return async () => {
          await proxy.heal();
          proxy.drop();
        };
      },
      "rate-limited": { cannotHappen: "PostgreSQL limits no rate." },
      nonsense: () => {
        proxy.answerInstead("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        return () => proxy.heal();
      },
    },
    rotate: async () => {
      const rotated = new URL(url);
      rotated.password = randomUUID();
      await run(`ALTER ROLE ${name} PASSWORD '${rotated.password}'`);
      await endConnections();
      return { ARCHESTRA_DATABASE_URL: rotated.href };
    },
    close: async () => {
      await proxy.heal();
      proxy.drop();
      await endConnections();
      await run(`ALTER ROLE ${name} PASSWORD '${url.password}'`);
      for (const table of ["archestra_secrets", "archestra_secrets_keys"]) await run(`DELETE FROM ${table}`);
      closed.push({ store, end });
    },
  };
  return store;
}
