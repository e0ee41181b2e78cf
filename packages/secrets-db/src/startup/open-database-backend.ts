import { resolve } from "node:path";
import { type Logger, SecretsError } from "@archestra/secrets-core";
import { type PluginContext, printableText, type SecretsBackend } from "@archestra/secrets-core/plugin";
import { DatabaseBackend } from "../backend/database-backend.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { registerKey } from "../keys/key-registration.ts";
import { explainUnprovenKeys } from "../keys/key-spelling.ts";
import { countRowsUnder, hasRowUnder, unknownKeyIds } from "../keys/key-use.ts";
import { missingSecret, openKeyRing } from "../keys/open-key-ring.ts";
import { readRegisteredKeys } from "../keys/registered-keys.ts";
import { openMigratedDatabase } from "../migrations/run-migrations.ts";
import { EMBEDDED_PATH } from "../opening/open-configured-database.ts";
import type { DbSettings } from "../settings/db-settings.ts";
import type { BackgroundSweep } from "../sweep/background-sweep.ts";
import type { UnencryptedSweepReport } from "../sweep/unencrypted-sweep.ts";

const LONGEST_SWEEP_DELAY = 24 * 60 * 60_000;

/**
 * Starts the manager: opens the database, makes or checks its tables, proves the key, and encrypts
 * values that are not encrypted yet. Opened for the ownership table alone, it may have no key, and skips everything that needs
 * one. Nothing is left open when it throws.
 */
export async function openDatabaseBackend(
  settings: DbSettings,
  context: PluginContext,
): Promise<SecretsBackend> {
  assertSweepDelay(settings.sweepDelay);
  const ring = openKeyRing(settings, context);
  // The ownership table alone needs no key.
  if (ring === undefined && context.purpose !== "ownership") throw missingSecret();
  if (settings.kysely === undefined && settings.url === undefined) warnOfEmbeddedDatabase(context);
  return openMigratedDatabase(settings, settings.runMigrations, context, async (database) => {
    const { startWarning } = database.dialect;
    const warning = startWarning && (await database.statements.read(context, startWarning));
    if (warning !== undefined) context.logger.warn(warning.fields, warning.message);
    if (ring === undefined) return new DatabaseBackend(database, undefined);
    await prepare(database, ring, settings, context);
    return new DatabaseBackend(database, ring, await startBackgroundSweep(database, ring, settings, context));
  });
}

/** Proves that the process has a key of the database, and encrypts the values that are not encrypted. */
async function prepare(
  database: OpenDatabase,
  ring: KeyRing,
  settings: DbSettings,
  context: PluginContext,
): Promise<void> {
  const { strict, logger, signal } = context;
  const { statements, dialect } = database;
  const hasUnencrypted = await statements.read({ signal }, (session) => hasRowUnder(session, null));
  if (hasUnencrypted && strict) throw unencryptedInStrictMode();
  await registerKey(database, ring, { acceptNewKey: settings.acceptNewKey, logger, signal });
  if (hasUnencrypted) {
    // Not loaded by the usual start, which finds nothing to do.
    const { sweepUnencrypted } = await import("../sweep/unencrypted-sweep.ts");
    const report = await sweepUnencrypted(database, ring, signal);
    warnOfSweep(report, ring, logger);
    if (report.plaintext + report.v1 > 0) await dialect.erasePlaintext?.(statements, logger, signal);
  }
  await warnOfUnknownKeys(database, ring, context);
}

function assertSweepDelay(delay: unknown): void {
  if (delay === undefined || (typeof delay === "number" && delay >= 0 && delay <= LONGEST_SWEEP_DELAY))
    return;
  throw new SecretsError(
    "INVALID_CONFIGURATION",
    `The option \`sweepDelay\` of dbPlugin must be a number of milliseconds from 0 to ${LONGEST_SWEEP_DELAY}.`,
  );
}

/** Not loaded by a process with one key, which has nothing to move. */
async function startBackgroundSweep(
  database: OpenDatabase,
  ring: KeyRing,
  { sweepDelay }: DbSettings,
  { logger }: PluginContext,
): Promise<BackgroundSweep | undefined> {
  if (ring.keys.length === 1) return undefined;
  const { BackgroundSweep } = await import("../sweep/background-sweep.ts");
  return new BackgroundSweep(database, ring, logger, sweepDelay);
}

/** An embedded database that was not configured is lost with its folder, so the operator must be warned. */
function warnOfEmbeddedDatabase({ strict, logger, purpose }: PluginContext): void {
  const path = resolve(EMBEDDED_PATH);
  if (strict) {
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      `ARCHESTRA_DATABASE_URL is not set. In strict mode an embedded database must be configured: ARCHESTRA_DATABASE_URL=sqlite:${EMBEDDED_PATH}`,
      { reason: "EMBEDDED_DATABASE" },
    );
  }
  const kept = purpose === "ownership" ? "which manager owns which secret is kept" : "secrets are kept";
  const lost = purpose === "ownership" ? "that is" : "they are";
  logger.warn(
    { code: "ARCHESTRA_SECRETS_EMBEDDED_DATABASE", path },
    `ARCHESTRA_DATABASE_URL is not set; ${kept} in the embedded SQLite database ${path}. Put it on a persistent volume, or ${lost} lost with it. Set ARCHESTRA_DATABASE_URL=sqlite:… to choose the file and to silence this warning.`,
  );
}

function unencryptedInStrictMode(): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    "The database holds rows that are not encrypted by this manager, and strict mode stops before it changes anything. If you imported them, start once with ARCHESTRA_SECRETS_STRICT=false: that start encrypts them, and its warning says which rows it cannot. If not, find out which program writes to the table. To find them: SELECT name FROM archestra_secrets WHERE value IS NOT NULL AND key_id IS NULL",
    { reason: "UNENCRYPTED_ROWS" },
  );
}

function warnOfSweep(report: UnencryptedSweepReport, ring: KeyRing, logger: Logger): void {
  const { plaintext, v1, undecryptableV1, unusable } = report;
  if (plaintext + v1 > 0) {
    logger.warn(
      { code: "ARCHESTRA_SECRETS_ENCRYPTED_AT_START", plaintext, v1 },
      `Rows were stored unencrypted (${plaintext}) or in Archestra's v1 format (${v1}), and are encrypted now. If you did not import them, find out which program writes to the table.`,
    );
  }
  if (undecryptableV1 + unusable > 0) {
    const hasShortPieces = ring.configured.some(({ isUsed }) => !isUsed);
    const pieces = hasShortPieces
      ? "; a piece between commas with under 32 characters is not used: write a JSON array of strings instead"
      : "";
    logger.warn(
      { code: "ARCHESTRA_SECRETS_NOT_ENCRYPTED_AT_START", undecryptableV1, unusable },
      `Rows could not be encrypted and fail when they are read. In Archestra's v1 format that no key of this process opens: ${undecryptableV1} (add the secret to ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS${pieces}). No JSON object, or a damaged or foreign envelope: ${unusable}. To find them: SELECT name FROM archestra_secrets WHERE value IS NOT NULL AND key_id IS NULL`,
    );
  }
}

async function warnOfUnknownKeys(
  database: OpenDatabase,
  ring: KeyRing,
  { logger, signal }: PluginContext,
): Promise<void> {
  const { statements } = database;
  const unknown = await statements.read({ signal }, (session) => unknownKeyIds(session, ring));
  if (unknown.length === 0) return;
  const registered = await statements.read({ signal }, readRegisteredKeys);
  for (const keyId of unknown) {
    const count = await countRowsUnder(database, keyId, { signal });
    const keys = registered.filter((key) => key.keyId === keyId);
    logger.warn(
      { code: "ARCHESTRA_SECRETS_UNKNOWN_KEY", keyId, count },
      [
        `Secrets encrypted under the key ${printableText(keyId)}, which this process does not have: ${count}. They fail when they are read. Add its secret to ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS.`,
        ...explainUnprovenKeys(ring, keys),
      ].join("\n"),
    );
  }
}
