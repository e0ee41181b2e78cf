import type { Socket } from "node:net";
import type { SecretsManager } from "@archestra/secrets-core";
import { type CuttingProxy, startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { Kysely, PostgresDialect, type SqliteDatabase, SqliteDialect } from "kysely";
import pg from "pg";
import { expect, onTestFinished, test, vi } from "vitest";
import { openSqlite } from "../../src/sqlite/connection.ts";
import { startManagerOn } from "../support/application-pool.ts";
import { defaultKey, openManager, startManager } from "../support/open-manager.ts";
import { outcome } from "../support/outcome.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const DEADLINE = 5_000;
/** Changes, a piece of the statement of each, and whether what it leaves proves it. */
const changes = [
  {
    kind: "create",
    text: "insert into",
    isProven: true,
    run: (m: SecretsManager) => m.create("new", { n: 1 }),
  },
  { kind: "update", text: "update", isProven: true, run: (m: SecretsManager) => m.update("old", { n: 1 }) },
  { kind: "delete", text: "delete from", isProven: false, run: (m: SecretsManager) => m.delete("old") },
];

/** Expects that the caller of a change that happened receives no error that denies it. */
async function expectTruth(
  reader: SecretsManager,
  { kind, isProven }: (typeof changes)[number],
  code: string,
): Promise<void> {
  expect([kind, code]).toEqual([kind, isProven ? "done" : "OUTCOME_UNKNOWN"]);
  const old = (await reader.get("old"))?.value;
  if (kind === "create") expect((await reader.get("new"))?.value).toEqual({ n: 1 });
  if (kind === "update") expect(old).toEqual({ n: 1 });
  if (kind === "delete") expect(old).toBeUndefined();
}

/** A proxy in front of a database, and the URL through it. */
async function proxied(): Promise<{ proxy: CuttingProxy; url: string; direct: string }> {
  const { url: direct } = await postgresDatabase();
  const proxy = await startCuttingProxy(Number(new URL(direct).port));
  onTestFinished(() => proxy.stop());
  const url = new URL(direct);
  url.port = String(proxy.port);
  return { proxy, url: url.href, direct };
}

/** The sockets of all clients of `pg` that connect from now on. */
function socketsOfClients(): Set<Socket> {
  const sockets = new Set<Socket>();
  const { connect } = pg.Client.prototype;
  const spy = vi.spyOn(pg.Client.prototype, "connect").mockImplementation(function (
    this: pg.Client,
    ...parameters: never[]
  ) {
    sockets.add((this as unknown as { connection: { stream: Socket } }).connection.stream);
    return (connect as (...parameters: never[]) => void).apply(this, parameters);
  } as never);
  onTestFinished(() => spy.mockRestore());
  return sockets;
}

const environment = (url: string) => ({
  ARCHESTRA_DATABASE_URL: url,
  ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
});

describePostgres("an established connection that breaks after the server has made the change", () => {
  // The server, the change and the lost answer are real. Only the kernel's error is made up: it gives these for a route that
  // is gone while packets are on their way, which a test cannot bring about on loopback.
  for (const code of ["EHOSTUNREACH", "ENETUNREACH", "ECONNREFUSED", "ETIMEDOUT"]) {
    test(`with \`read ${code}\` is not taken for one that was never made`, async () => {
      const sockets = socketsOfClients();
      const { proxy, url, direct } = await proxied();
      const manager = await startManager(environment(url), { timeout: DEADLINE });
      const reader = await startManager(environment(direct));
      for (const change of changes) {
        await reader.set("old", { n: 0 });
        proxy.cutAt(change.text, "held");
        const held = proxy.nextCut();
        const call = outcome(change.run(manager));
        await held;
        const error = Object.assign(new Error(`read ${code}`), { code, errno: -113, syscall: "read" });
        for (const socket of sockets) if (socket.remotePort === proxy.port) socket.destroy(error);
        await expectTruth(reader, change, await call);
      }
    });
  }

  test("with the `query_timeout` of the application's pool is not treated as one that was never made", async () => {
    const { proxy, url, direct } = await proxied();
    const pool = new pg.Pool({ connectionString: url, max: 3, query_timeout: 500 });
    pool.on("error", () => {});
    pool.on("connect", (client) => void client.on("error", () => {}));
    const kysely = new Kysely<object>({ dialect: new PostgresDialect({ pool }) });
    onTestFinished(() => kysely.destroy());
    const manager = await startManagerOn(kysely, { timeout: DEADLINE });
    const reader = await startManager(environment(direct));
    for (const change of changes) {
      await reader.set("old", { n: 0 });
      proxy.cutAt(change.text, "held");
      const code = await outcome(change.run(manager));
      // Whether another connection is free to read it back is up to the pool.
      if (code === "done") await expectTruth(reader, { ...change, isProven: true }, code);
      else expect([change.kind, code]).toEqual([change.kind, "OUTCOME_UNKNOWN"]);
      proxy.drop();
    }
  });
});

/** What clients that are not `pg` say of a connection that broke, and what no client says. */
const foreignErrors = [
  // postgres.js: https://github.com/porsager/postgres#connection-errors
  Object.assign(new Error("write CONNECTION_CLOSED 127.0.0.1:5432"), { code: "CONNECTION_CLOSED" }),
  Object.assign(new Error("write CONNECTION_DESTROYED 127.0.0.1:5432"), { code: "CONNECTION_DESTROYED" }),
  new Error("the socket was closed"),
  new TypeError("Cannot read properties of null (reading 'handleRowDescription')"),
];

describePostgres("an application's instance over another client than pg", () => {
  // A real server and a real change; the client's error is made up, since the client is not installed.
  for (const error of foreignErrors) {
    test(`whose error after the change is "${error.message}" is not taken for one that was never made`, async () => {
      const { url } = await postgresDatabase();
      const pool = new pg.Pool({ connectionString: url, max: 3 });
      let failing: string | undefined;
      pool.on("error", () => {});
      pool.on("connect", (client) => {
        client.on("error", () => {});
        const query = client.query.bind(client) as (...parameters: unknown[]) => Promise<unknown>;
        client.query = (async (...parameters: unknown[]) => {
          const result = await query(...parameters);
          const text = String(parameters[0]);
          if (failing === undefined || !text.includes(failing)) return result;
          failing = undefined;
          throw error;
        }) as never;
      });
      const kysely = new Kysely<object>({ dialect: new PostgresDialect({ pool }) });
      onTestFinished(() => kysely.destroy());
      const manager = await startManagerOn(kysely, { timeout: DEADLINE });
      const reader = await startManager(environment(url));
      for (const change of changes) {
        await reader.set("old", { n: 0 });
        failing = change.text;
        await expectTruth(reader, change, await outcome(change.run(manager)));
        expect(failing).toBeUndefined();
      }
    });
  }
});

test("an input or output error of SQLite after the change is not treated as one that was never made", async () => {
  // SQLITE_IOERR_FSYNC: the pages are written, and the device did not say that they are safe. A test has no such device.
  const error = Object.assign(new Error("disk I/O error"), {
    errcode: 10 | (4 << 8),
    code: "ERR_SQLITE_ERROR",
  });
  const file = scratchFile();
  const database = openSqlite(file);
  let failing: string | undefined;
  const kysely = new Kysely<object>({
    dialect: new SqliteDialect({ database: failingAfter(database, (text) => takeFailure(text)) }),
  });
  const takeFailure = (text: string) => {
    if (failing === undefined || !text.includes(failing)) return;
    failing = undefined;
    throw error;
  };
  onTestFinished(() => kysely.destroy());
  const manager = await startManagerOn(kysely, { timeout: DEADLINE });
  const reader = await openManager(file);
  for (const change of changes) {
    await reader.set("old", { n: 0 });
    failing = change.text;
    await expectTruth(reader, change, await outcome(change.run(manager)));
    expect(failing).toBeUndefined();
  }
});

/** A database whose statements are carried out, and then fail with a given error. */
function failingAfter(database: SqliteDatabase, fail: (text: string) => void): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(text) {
      const statement = database.prepare(text);
      const after = <Result>(result: Result): Result => {
        fail(text);
        return result;
      };
      return {
        reader: statement.reader,
        all: (parameters) => after(statement.all(parameters)),
        run: (parameters) => after(statement.run(parameters)),
        iterate: (parameters) => statement.iterate(parameters),
      };
    },
  };
}
