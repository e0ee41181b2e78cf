import {
  type BulkReport,
  createSecretsManager,
  finalizeMigration,
  migrateSecrets,
  type SecretsManager,
} from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { startPostgres } from "@archestra/test-servers/postgres";
import { tokenAuth } from "@archestra/vault-auth-token";
import { Kysely, PostgresDialect, type RawBuilder } from "kysely";
import pg from "pg";
import { postgresDialect } from "../../packages/secrets-db/src/postgres/dialect.ts";
import type { SecretsSchema } from "../../packages/secrets-db/src/schema/tables.ts";
import { sqliteDialect } from "../../packages/secrets-db/src/sqlite/dialect.ts";
import { alternatePairs, type Pair } from "./alternate-pairs.ts";
import { bareSelect, openBare } from "./bare-database.ts";
import { BareMigration } from "./bare-migration.ts";
import { compare, comparisonLine } from "./comparison.ts";
import { authSecret, createDatabase } from "./database-fixture.ts";
import { writeResult } from "./results.ts";
import { startBenchmarkVault, vaultValue } from "./vault-fixture.ts";

const SECRETS = 200;
const PAIRS = 31;
const CONCURRENCY = 16;

/** Nanoseconds per secret, each way. */
interface RoundTrip {
  readonly toVault: number;
  readonly toDatabase: number;
}

/** Moves all secrets to Vault, and back; what it leaves behind is removed beside the clock. */
interface Migration {
  readonly toVault: () => Promise<void>;
  readonly toDatabase: () => Promise<void>;
  readonly removeCopies: () => Promise<void>;
}

const vault = await startBenchmarkVault();

const { path, remove } = await createDatabase(0);
const sqlite = openBare(path);
await measure("sqlite", `sqlite://${path}`, sqlite, sqliteDialect.sql.now);
await sqlite.destroy();
remove();

const server = await startPostgres();
const pool = new pg.Pool({ connectionString: server.url });
// The server is stopped last, under connections that are on their way out.
pool.on("error", () => {});
const postgres = new Kysely<SecretsSchema>({ dialect: new PostgresDialect({ pool }) });
await measure("postgres", server.url, postgres, postgresDialect.sql.now);
await postgres.destroy();
await server.stop();
await vault.stop();

async function measure(
  database: string,
  url: string,
  db: Kysely<SecretsSchema>,
  now: RawBuilder<number>,
): Promise<void> {
  const env = {
    ARCHESTRA_DATABASE_URL: url,
    ARCHESTRA_AUTH_SECRET: authSecret,
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    ARCHESTRA_HASHICORP_VAULT_ADDR: vault.address,
    ARCHESTRA_HASHICORP_VAULT_TOKEN: "root",
  };
  const manager = await createSecretsManager({
    plugins: [dbPlugin(), vaultPlugin(), tokenAuth()],
    env,
    logger: { warn() {} },
  });
  for (const side of ["bare", "ours"]) {
    for (let index = 0; index < SECRETS; index++) {
      await manager.create(`${database}-${side}/credential-${index}`, vaultValue);
    }
  }
  const { key_id: keyId } = await bareSelect(db).limit(1).executeTakeFirstOrThrow();
  const bare = new BareMigration({
    db,
    now,
    vaultAddress: vault.address,
    prefix: `${database}-bare/`,
    concurrency: CONCURRENCY,
  });
  const baseline: Migration = {
    toVault: () => bare.toVault(),
    toDatabase: () => bare.toDatabase(keyId ?? ""),
    removeCopies: () => bare.removeCopies(),
  };
  const subject = managersMigration(manager, `${database}-ours/`);
  for (const side of [baseline, subject, baseline, subject]) await roundTrip(side);
  const pairs = await alternatePairs(
    PAIRS,
    () => roundTrip(baseline),
    () => roundTrip(subject),
  );
  report(`migrate-${database}-to-vault`, pairs, "toVault");
  report(`migrate-vault-to-${database}`, pairs, "toDatabase");
  await bare.close();
  await manager.close();
}

function managersMigration(manager: SecretsManager, prefix: string): Migration {
  const options = { prefix, concurrency: CONCURRENCY };
  return {
    toVault: async () => expectAll(await migrateSecrets(manager, { to: "VAULT", ...options })),
    toDatabase: async () => expectAll(await migrateSecrets(manager, { to: "DB", ...options })),
    removeCopies: async () => expectAll(await finalizeMigration(manager, { prefix })),
  };
}

function expectAll({ done, failures }: BulkReport): void {
  if (done !== SECRETS) throw failures[0]?.error ?? new Error(`${done} of ${SECRETS} were dealt with.`);
}

async function roundTrip({ toVault, toDatabase, removeCopies }: Migration): Promise<RoundTrip> {
  const there = await timePerSecret(toVault);
  await removeCopies();
  const back = await timePerSecret(toDatabase);
  await removeCopies();
  return { toVault: there, toDatabase: back };
}

async function timePerSecret(run: () => Promise<void>): Promise<number> {
  globalThis.gc?.();
  const start = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - start) / SECRETS;
}

function report(name: string, pairs: readonly Pair<RoundTrip>[], direction: keyof RoundTrip): void {
  const baseline = `a loop of the same requests and queries, ${CONCURRENCY} at a time`;
  const subject = "migrateSecrets";
  const measured = pairs.map((pair) => ({
    baseline: pair.baseline[direction],
    subject: pair.subject[direction],
  }));
  const comparison = compare(measured, "ns");
  writeResult(name, { baseline, subject, timePerSecret: comparison });
  console.log(`${name}: ${comparisonLine("time per secret", subject, baseline, comparison)}`);
}
