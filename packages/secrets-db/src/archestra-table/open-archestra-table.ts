import type { SecretsError } from "@archestra/secrets-core";
import type { OptionsOf, SecretValue, StandaloneOptions } from "@archestra/secrets-core/plugin";
import { dbSettings } from "../settings/db-settings.ts";
import { runWithSettings } from "../settings/standalone.ts";

const {
  url,
  kysely,
  poolMax,
  poolIdleSeconds,
  poolLifetimeSeconds,
  encryptionSecret,
  previousSecrets,
  authSecret,
} = dbSettings;

const archestraTableSettings = {
  url,
  kysely,
  poolMax,
  poolIdleSeconds,
  poolLifetimeSeconds,
  encryptionSecret,
  previousSecrets,
  authSecret,
};

/** The options of `openArchestraTable`: those of `dbPlugin` that name a database and its keys. */
export type ArchestraTableOptions = OptionsOf<typeof archestraTableSettings>;

/** What a row of Archestra's table holds. */
export type ArchestraContent =
  | {
      /** The row holds the value: plaintext, or an envelope that a key of the settings decrypted. */
      readonly kind: "value";
      readonly value: SecretValue;
    }
  | {
      /** The value is in Vault, below Archestra's prefix, under the name `{name}-{id}`. */
      readonly kind: "vault";
    }
  | {
      /** The value is in a folder of Vault that does not belong to Archestra, and is only read. */
      readonly kind: "external";
      readonly path: string;
    }
  | {
      /** The value cannot be read. */
      readonly kind: "failed";
      readonly error: SecretsError;
    };

/** A row of Archestra's table. */
export interface ArchestraRow {
  /** The id that Archestra gave the row. */
  readonly id: string;
  /** The name in that table, which need not be unique. */
  readonly name: string;
  /** When Archestra last changed the row, by the clock of that process. Absent: the table does not say. */
  readonly updatedAt?: Date;
  /** The value, or where it is, or why it cannot be read. */
  readonly content: ArchestraContent;
}

/** The table of an installation of Archestra, which is only read. Call `openArchestraTable` to open it. */
export interface ArchestraTable extends AsyncDisposable {
  /** Where the database is, for messages. */
  readonly location: string;

  /** Counts the rows. */
  count(options?: { readonly signal?: AbortSignal | undefined }): Promise<number>;

  /**
   * Reads all rows in the order of their ids, in pages. A row that is inserted meanwhile can be left out, so repeat the call.
   *
   * @throws SecretsError INVALID_CONFIGURATION when there is no such table, or it lacks the columns `id` and `secret`
   */
  rows(options?: {
    readonly signal?: AbortSignal | undefined;
  }): AsyncGenerator<ArchestraRow, void, undefined>;

  /**
   * Returns a text that only equal values share, under the current key. It allows to remember which value was imported, and
   * reveals nothing of the value without the key.
   */
  fingerprint(value: SecretValue): string;

  /** Closes the connections; an application's own database stays open. */
  close(): Promise<void>;
}

/**
 * Opens the table `secret` of an installation of Archestra, to import its secrets while that installation is still running.
 * Nothing is written. Rows in plaintext and in the v1 format are read; the keys are those of the settings.
 *
 * @param table the name of the table, which can be preceded by its schema, such as `public.secret`
 * @param options the database, and keys that are given in code
 * @param standalone where the keys come from otherwise
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 * @throws SecretsError UNSUPPORTED when the database is not PostgreSQL; what the database reports
 * @throws TypeError when no database is named
 * @example
 * const table = await openArchestraTable("secret", { url: "postgres://…" });
 * for await (const { id, content } of table.rows()) if (content.kind === "value") await secrets.set(id, content.value);
 * await table.close();
 */
export async function openArchestraTable(
  table: string,
  options: ArchestraTableOptions,
  standalone: StandaloneOptions = {},
): Promise<ArchestraTable> {
  if ((options?.url ?? options?.kysely) === undefined) {
    throw new TypeError("openArchestraTable must be given the database: { url } or { kysely }.");
  }
  return runWithSettings(
    "archestra-table",
    archestraTableSettings,
    options,
    standalone,
    async (settings, context) => {
      const { openPostgresTable } = await import("./archestra-table.ts");
      return openPostgresTable(table, { ...settings, schema: undefined }, context);
    },
  );
}
