import { createHmac } from "node:crypto";
import { isSecretsError, SecretsError, type SecretsErrorCode } from "@archestra/secrets-core";
import type { PluginContext, SecretValue } from "@archestra/secrets-core/plugin";
import { type RawBuilder, sql } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing, KeyRingSecrets } from "../encryption/key-ring.ts";
import { missingSecret, openKeyRing } from "../keys/open-key-ring.ts";
import { openConfiguredDatabase } from "../opening/open-configured-database.ts";
import type { PlaceSettings } from "../settings/db-settings.ts";
import { runCall } from "../settings/standalone.ts";
import { readArchestraRow, type StoredRow } from "./archestra-row.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { ArchestraRow, ArchestraTable } from "./open-archestra-table.ts";

const ROWS_AT_A_TIME = 200;

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Opens the database of the table. Nothing is written, and no table of this package is needed. */
export async function openPostgresTable(
  table: string,
  settings: PlaceSettings & KeyRingSecrets,
  context: PluginContext,
): Promise<ArchestraTable> {
  const ring = openKeyRing(settings, context);
  if (ring === undefined) throw missingSecret();
  const database = await openConfiguredDatabase(settings, false, context);
  try {
    if (database.dialect.name !== "postgres") throw notPostgres();
    const opened = new PostgresTable(table, database, ring);
    await opened.verify(context.signal);
    return opened;
  } catch (error) {
    await (database.abandon ?? database.close)();
    throw openingError(error, database);
  }
}

const remedies: Partial<Record<SecretsErrorCode, string>> = {
  UNAVAILABLE: "cannot be reached, or takes no connections now. Start it, or correct its URL",
  UNAUTHENTICATED: "refuses the user or the password. Correct them in its URL",
  PERMISSION_DENIED: "does not permit this user to read the table. Grant SELECT on it",
};

/** The error of an opening, with the place of the database and a remedy. */
function openingError(error: unknown, { statements, dialect, location }: OpenDatabase): unknown {
  if (isSecretsError(error)) return error;
  const explained = dialect.errors.explain(error, location);
  if (explained !== undefined) return explained;
  const code = statements.classify(error);
  const remedy = code === undefined ? undefined : remedies[code];
  if (code === undefined || remedy === undefined) return error;
  const message = `The database of Archestra's table, ${location}, ${remedy}.`;
  return new SecretsError(code, message, { cause: error });
}

/** The one implementation. Call `openArchestraTable` to open it. */
class PostgresTable implements ArchestraTable {
  readonly location: string;
  readonly #table: RawBuilder<unknown>;
  readonly #database: OpenDatabase;
  readonly #ring: KeyRing;
  readonly #fingerprintKey: Buffer;
  readonly #closing = new AbortController();

  constructor(table: string, database: OpenDatabase, ring: KeyRing) {
    this.location = database.location;
    this.#table = sql`${sql.id(...table.split("."))}`;
    this.#database = database;
    this.#ring = ring;
    // A key of its own, so that a fingerprint is of no use for anything else.
    this.#fingerprintKey = ring.current.withSecret((secret) =>
      createHmac("sha256", secret).update("archestra-secrets/import-fingerprint").digest(),
    );
  }

  /** Fails as the database reports it when the table cannot be read. */
  async verify(signal: AbortSignal): Promise<void> {
    await this.#read(sql`SELECT id, secret FROM ${this.#table} LIMIT 1`, signal);
  }

  async count({ signal }: CallOptions = {}): Promise<number> {
    const [row] = await this.#query<{ count: string }>(
      "count",
      sql`SELECT count(*)::text AS count FROM ${this.#table}`,
      signal,
    );
    return Number(row?.count);
  }

  async *rows({ signal }: CallOptions = {}): AsyncGenerator<ArchestraRow, void, undefined> {
    let after: string | undefined;
    for (;;) {
      const rest = after === undefined ? sql`` : sql`WHERE t.id > ${after}`;
      // Older tables lack columns, so all others are read through the row.
      const page = await this.#query<StoredRow>(
        "rows",
        sql`SELECT t.id::text AS id, t.secret::text AS secret, (to_jsonb(t) - 'secret')::text AS columns FROM ${this.#table} AS t ${rest} ORDER BY t.id LIMIT ${sql.lit(ROWS_AT_A_TIME)}`,
        signal,
      );
      for (const row of page) yield readArchestraRow(row, this.#ring);
      if (page.length < ROWS_AT_A_TIME) return;
      after = page.at(-1)?.id;
    }
  }

  fingerprint(value: SecretValue): string {
    return createHmac("sha256", this.#fingerprintKey).update(canonicalJson(value)).digest("base64url");
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#database.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #query<Row>(operation: string, query: RawBuilder<unknown>, signal?: AbortSignal): Promise<Row[]> {
    const end = AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    return runCall(operation, end, this.#database.statements, () => this.#read<Row>(query, end));
  }

  async #read<Row>(query: RawBuilder<unknown>, signal: AbortSignal): Promise<Row[]> {
    const { statements, dialect } = this.#database;
    try {
      return await statements.read({ signal }, (session) => session.rows(query as RawBuilder<Row>));
    } catch (error) {
      const isMissing = dialect.errors.conditionOf(error) === "missing-table" || isMissingColumn(error);
      throw isMissing ? noSuchTable(error) : error;
    }
  }
}

/** 42703: undefined_column, of PostgreSQL's error codes. */
function isMissingColumn(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === "42703";
}

function noSuchTable(cause: unknown): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    "The database has no such table with the columns `id` and `secret`. Give the name of Archestra's table, with its schema if it is not in the search path, such as `public.secret`.",
    { cause },
  );
}

function notPostgres(): SecretsError {
  return new SecretsError(
    "UNSUPPORTED",
    "Archestra keeps its secrets in PostgreSQL. Give the URL of that database.",
  );
}
