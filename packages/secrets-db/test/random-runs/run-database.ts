import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "@archestra/secrets-core";
import { type CuttingProxy, startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { type PairMember, type PostgresPair, startPostgresPair } from "@archestra/test-servers/postgres-pair";
import { Kysely, SqliteDialect, sql } from "kysely";
import pg from "pg";
import { onTestFinished } from "vitest";
import { openSqlite } from "../../src/sqlite/connection.ts";
import { defaultKey } from "../support/open-manager.ts";
import { postgresDatabase } from "../support/postgres-database.ts";
import { scratchFolder } from "../support/scratch-folder.ts";

/** How many reads in a row have to find nothing in progress. */
const CALM_LOOKS = 3;
const CALM_MILLISECONDS = 60_000;
const OWN_SESSIONS = "random-runs";

/** The PostgreSQL database of one run after the other, behind an address that can fail. */
export class PostgresUnderTest {
  readonly address: CuttingProxy;
  readonly pair: PostgresPair | undefined;
  #direct: string;
  #primary: PairMember = "first";

  /** @param isPair whether it has a standby to fail over to */
  static async create(isPair: boolean): Promise<PostgresUnderTest> {
    let pair: PostgresPair | undefined;
    if (isPair) {
      const started = await startPostgresPair({ max_connections: "200" });
      onTestFinished(() => started.dispose());
      pair = started;
    }
    const url = pair?.urls.first ?? (await postgresDatabase()).url;
    const address = await startCuttingProxy(Number(new URL(url).port));
    onTestFinished(() => address.stop());
    return new PostgresUnderTest(address, pair, url);
  }

  private constructor(address: CuttingProxy, pair: PostgresPair | undefined, direct: string) {
    this.address = address;
    this.pair = pair;
    this.#direct = direct;
  }

  /** The URL through the address. */
  get url(): string {
    const url = new URL(this.#direct);
    url.port = String(this.address.port);
    return url.href;
  }

  /** The URL of the primary itself. */
  get direct(): string {
    return this.#direct;
  }

  /** Runs a statement in the database. */
  query(text: string): Promise<Record<string, unknown>[]> {
    return query(this.#direct, text);
  }

  /** Makes every new session read-only, and ends those that are open; or makes new ones take writes again. */
  async setReadOnly(isReadOnly: boolean): Promise<void> {
    const name = new URL(this.#direct).pathname.slice(1);
    const action = isReadOnly
      ? "SET default_transaction_read_only = on"
      : "RESET default_transaction_read_only";
    // A session of another setting may change it: this one would be refused as a write.
    await query(this.#direct, `BEGIN READ WRITE; ALTER DATABASE ${name} ${action}; COMMIT`);
    if (isReadOnly) await this.terminateSessions();
  }

  async terminateSessions(): Promise<void> {
    await this.query(
      `SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> '${OWN_SESSIONS}'`,
    );
  }

  /** Lets the standby become the primary while the old one is killed. @param addressFirst before it is promoted */
  async failOver(addressFirst: boolean): Promise<void> {
    const { pair } = this;
    if (pair === undefined) throw new Error("There is no standby.");
    const [old, next]: PairMember[] = this.#primary === "first" ? ["first", "second"] : ["second", "first"];
    if (old === undefined || next === undefined) return;
    const port = Number(new URL(pair.urls[next]).port);
    if (addressFirst) {
      this.address.target = port;
      this.address.drop();
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await pair.stop(old, "kill");
    await pair.promote(next);
    this.address.target = port;
    this.#primary = next;
    this.#direct = pair.urls[next];
  }

  /** Gives a pair a standby again, for the next failover. */
  async repair(): Promise<void> {
    await this.pair?.follow(this.#primary === "first" ? "second" : "first");
    await this.pair?.waitForStandby(this.#primary, true);
  }

  /** Waits until the server works on nothing, and nothing is on its way to it. */
  async quiet(): Promise<void> {
    const busy =
      "SELECT pid, state, query FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'";
    await calm("the server", async () => (await this.query(busy)).length === 0);
  }
}

/** The SQLite file of one run, and the application's instance over it when the run has one. */
export class SqliteUnderTest {
  readonly file = join(scratchFolder(), "secrets.db");
  #kysely: Kysely<object> | undefined;

  get environment(): Environment {
    return environmentOf(`sqlite:${encodeURI(this.file)}`);
  }

  get kysely(): Kysely<object> {
    this.#kysely ??= new Kysely({ dialect: new SqliteDialect({ database: openSqlite(this.file) }) });
    return this.#kysely;
  }

  /** Waits until everything that waited for the one connection has had it, and whatever waits for the lock has tried again. */
  async quiet(): Promise<void> {
    if (this.#kysely !== undefined)
      for (let turn = 0; turn < 20; turn++) await sql`SELECT 1`.execute(this.#kysely);
    // A wait for the lock ends and begins again every 40 ms.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }

  async close(): Promise<void> {
    await this.#kysely?.destroy();
    if (!existsSync(this.file)) throw new Error("The file of a run is gone.");
  }
}

/** The variables of a manager. */
export function environmentOf(url: string): Environment {
  return { ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey };
}

/** Waits until several looks in a row hold. */
export async function calm(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + CALM_MILLISECONDS;
  for (let looks = 0; looks < CALM_LOOKS; ) {
    looks = (await holds()) ? looks + 1 : 0;
    if (performance.now() > deadline) throw new Error(`In ${CALM_MILLISECONDS} ms, ${what} is not quiet.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A session of the test itself, which no fault happens to. */
export async function openSession(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: OWN_SESSIONS });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = await openSession(url);
  try {
    return (await client.query(text)).rows ?? [];
  } finally {
    await client.end();
  }
}
