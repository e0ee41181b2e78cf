import { resolve } from "node:path";
import { SecretsError } from "@archestra/secrets-core";
import type { DiagnosisContext } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { openKeyRing } from "../keys/open-key-ring.ts";
import { EMBEDDED_PATH } from "../opening/open-configured-database.ts";
import { startError } from "../opening/start-error.ts";
import type { DbSettings } from "../settings/db-settings.ts";
import { examineEntries } from "./examine-entries.ts";
import { examineKeys } from "./examine-keys.ts";
import { examineServer } from "./examine-server.ts";
import { examineTables } from "./examine-tables.ts";
import { examineValues } from "./examine-values.ts";
import { openForDiagnosis } from "./open-for-diagnosis.ts";

/** How long the database has for its first answer. */
const FIRST_ANSWER_MILLISECONDS = 4_000;

/** Examines the database, its tables, keys, values and entries, one after another. Nothing is changed. */
export async function diagnoseDatabase(settings: DbSettings, context: DiagnosisContext): Promise<void> {
  const ring = examineSecrets(settings, context);
  if (settings.kysely === undefined && settings.url === undefined) reportEmbedded(context);
  let database: OpenDatabase | undefined;
  try {
    database = await openForDiagnosis(settings, context);
    if (database !== undefined) await examine(database, ring, settings, context);
  } catch (error) {
    context.failure(database === undefined ? error : startError(error, database));
  } finally {
    await database?.close();
  }
}

async function examine(
  database: OpenDatabase,
  ring: KeyRing | undefined,
  { runMigrations }: DbSettings,
  context: DiagnosisContext,
): Promise<void> {
  await withFirstAnswer(context.signal, (signal) => examineServer(database, { ...context, signal }));
  if (!(await examineTables(database, runMigrations, context))) return;
  // A part that fails leaves the others: a damaged page of values does not hide the keys.
  for (const part of [examineKeys, examineEntries, examineValues]) {
    if (context.signal.aborted) return;
    await part(database, ring, context).catch((error: unknown) =>
      context.failure(startError(error, database)),
    );
  }
}

/** @returns undefined when no secret for a key is set */
function examineSecrets(settings: DbSettings, context: DiagnosisContext): KeyRing | undefined {
  const { strict, finding } = context;
  if (settings.acceptNewKey) {
    finding({
      code: "NEW_KEY_ACCEPTED",
      severity: "degraded",
      message:
        "ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY is true, so a start with a wrong encryption key is not refused. It is meant for one start. Unset it.",
      remedy: { variable: "ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY" },
    });
  }
  // In strict mode these warnings stop a start.
  const warn: DiagnosisContext["logger"]["warn"] = ({ variable }, message) =>
    finding({
      code: "WEAK_SECRET",
      severity: strict ? "broken" : "degraded",
      message,
      remedy: { variable: String(variable) },
    });
  return openKeyRing(settings, { strict: false, logger: { warn } });
}

function reportEmbedded({ finding, strict }: DiagnosisContext): void {
  finding({
    code: "EMBEDDED_DATABASE",
    severity: strict ? "broken" : "degraded",
    message: `ARCHESTRA_DATABASE_URL is not set, so the database is the file ${resolve(EMBEDDED_PATH)}, which depends on the working directory. Put the file on a persistent volume, and name it: ARCHESTRA_DATABASE_URL=sqlite:…`,
    remedy: { variable: "ARCHESTRA_DATABASE_URL" },
  });
}

/** A server that accepts connections and does not answer must not use up the time of the whole examination. */
async function withFirstAnswer(
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(silent()), FIRST_ANSWER_MILLISECONDS);
  try {
    await run(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

function silent(): SecretsError {
  return new SecretsError(
    "UNAVAILABLE",
    `The database did not answer within ${FIRST_ANSWER_MILLISECONDS / 1_000} seconds. Check the server that ARCHESTRA_DATABASE_URL names, and every proxy or firewall between it and this machine.`,
    { reason: "DATABASE_SILENT" },
  );
}
