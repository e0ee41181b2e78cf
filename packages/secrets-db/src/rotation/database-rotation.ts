import { type Logger, SecretsError } from "@archestra/secrets-core";
import { type PluginContext, wrapError } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { registerKey } from "../keys/key-registration.ts";
import { missingSecret, openKeyRing } from "../keys/open-key-ring.ts";
import { openMigratedDatabase } from "../migrations/run-migrations.ts";
import type { DbSettings } from "../settings/db-settings.ts";
import { runCall } from "../settings/standalone.ts";
import { type SweepProgress, type SweepReport, sweepToCurrentKey } from "../sweep/key-sweep.ts";
import { retireKey } from "./key-retirement.ts";
import type { Rotation, RotationCallOptions, SweepOptions } from "./open-rotation.ts";
import { type RotationStatus, readRotationStatus } from "./rotation-status.ts";
import { type SurveyedRow, surveyRows, type VerificationReport, verifyRows } from "./survey.ts";

/** Opens the database as it is: it must be there, with our tables, and nothing is written. */
export async function openRotationDatabase(settings: DbSettings, context: PluginContext): Promise<Rotation> {
  const ring = openKeyRing(settings, context);
  if (ring === undefined) throw missingSecret();
  return openMigratedDatabase(
    settings,
    false,
    context,
    (database) => new DatabaseRotation(database, ring, context.logger),
  );
}

/** The one implementation. Call `openRotation` to open it. */
export class DatabaseRotation implements Rotation {
  readonly location: string;
  readonly currentKeyId: string;
  readonly #database: OpenDatabase;
  readonly #ring: KeyRing;
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(database: OpenDatabase, ring: KeyRing, logger: Logger) {
    this.location = database.location;
    this.currentKeyId = ring.current.id;
    this.#database = database;
    this.#ring = ring;
    this.#logger = logger;
  }

  async status({ signal }: RotationCallOptions = {}): Promise<RotationStatus> {
    return this.#run("status", signal, (end) => readRotationStatus(this.#database, this.#ring, end));
  }

  async sweep({ signal, dryRun = false, onProgress }: SweepOptions = {}): Promise<SweepReport> {
    return this.#run("sweep", signal, async (end) => {
      if (!dryRun) {
        const registration = { acceptNewKey: false, asLast: true, logger: this.#logger, signal: end };
        await registerKey(this.#database, this.#ring, registration);
      }
      const afterPart = (progress: SweepProgress) => onProgress?.(progress);
      return sweepToCurrentKey(this.#database, this.#ring, { signal: end, dryRun, afterPart });
    });
  }

  async verify({ signal }: RotationCallOptions = {}): Promise<VerificationReport> {
    return this.#run("verify", signal, (end) => verifyRows(this.#database, this.#ring, end));
  }

  async *survey({ signal }: RotationCallOptions = {}): AsyncGenerator<SurveyedRow, void, undefined> {
    const end = this.#endOf(signal);
    const rows = surveyRows(this.#database, this.#ring, end);
    for (;;) {
      const next = await this.#run("survey", end, () => rows.next());
      if (next.done) return;
      yield next.value;
    }
  }

  async retire(keyId: string, { signal }: RotationCallOptions = {}): Promise<void> {
    await this.#run("retire", signal, (end) => retireKey(this.#database, this.#ring, keyId, end));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#closed ??= Promise.allSettled(this.#running).then(() => this.#database.close());
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run<Result>(
    operation: string,
    signal: AbortSignal | undefined,
    run: (end: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    if (this.#closed !== undefined) throw wrapError(rotationClosed(), { operation, manager: "DB" });
    const end = this.#endOf(signal);
    const running = runCall(operation, end, this.#database.statements, () => run(end));
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  #endOf(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal]);
  }
}

function rotationClosed(): SecretsError {
  return new SecretsError("CLOSED", "The rotation is closed. Open another one.");
}
