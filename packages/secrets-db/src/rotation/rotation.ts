import { isSecretsError, type Logger, SecretsError } from "@archestra/secrets-core";
import { wrapError } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { registerKey } from "../keys/key-registration.ts";
import { type SweepProgress, type SweepReport, sweepToCurrentKey } from "../sweep/key-sweep.ts";
import { retireKey } from "./key-retirement.ts";
import { type RotationStatus, readRotationStatus } from "./rotation-status.ts";
import { type SurveyedRow, surveyRows } from "./survey.ts";
import { type VerificationReport, verifyRows } from "./verification.ts";

/** What every call of a rotation takes. */
export interface RotationCallOptions {
  /** Ends the call with ABORTED, after the rows that it is working on. Absent: it ends by itself. */
  readonly signal?: AbortSignal | undefined;
}

/** What `sweep` takes. */
export interface SweepOptions extends RotationCallOptions {
  /** Only counts what a sweep would move, and what would fail. Nothing is changed or registered. @default false */
  readonly dryRun?: boolean | undefined;
  /** Called about every 250 rows. Its promise is awaited: one that rests slows the sweep down. */
  readonly onProgress?: ((progress: SweepProgress) => void | Promise<void>) | undefined;
}

/**
 * Changes the encryption key of a database, and tells in which state its secrets are, beside running applications or
 * without any. Made by `openRotation`.
 *
 * Every call can fail with UNAVAILABLE, UNAUTHENTICATED or PERMISSION_DENIED from the database, and with ABORTED.
 */
export class Rotation implements AsyncDisposable {
  /** Where the database is, in words. */
  readonly location: string;
  /** The id of the key that the settings make current. */
  readonly currentKeyId: string;
  readonly #database: OpenDatabase;
  readonly #ring: KeyRing;
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  /** Made by `openRotation`. */
  constructor(database: OpenDatabase, ring: KeyRing, logger: Logger) {
    this.location = database.location;
    this.currentKeyId = ring.current.id;
    this.#database = database;
    this.#ring = ring;
    this.#logger = logger;
  }

  /** Which keys are used by how many secrets, and what the next safe step is. */
  async status({ signal }: RotationCallOptions = {}): Promise<RotationStatus> {
    return this.#run("status", signal, (end) => readRotationStatus(this.#database, this.#ring, end));
  }

  /**
   * Moves every secret to the current key under live readers and writers; a concurrent write always wins. It registers
   * the current key as the last one, so that no other process moves them elsewhere. Interrupted, it goes on from where it
   * was when it is called again. Versions and times of the secrets stay as they are.
   *
   * @throws SecretsError DECRYPTION_FAILED, reason KEY_MISMATCH, when no key of the settings belongs to the database;
   * INVALID_CONFIGURATION, reason KEY_RETIRED, when the current key was retired; nothing is changed then
   */
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

  /** Opens every secret of the whole table. Nothing is changed. */
  async verify({ signal }: RotationCallOptions = {}): Promise<VerificationReport> {
    return this.#run("verify", signal, (end) => verifyRows(this.#database, this.#ring, end));
  }

  /** Tells the state of every row, one after another, without the table ever being in memory. Nothing is changed. */
  async *survey({ signal }: RotationCallOptions = {}): AsyncGenerator<SurveyedRow, void, undefined> {
    const end = this.#endOf(signal);
    const rows = surveyRows(this.#database, this.#ring, end);
    for (;;) {
      const next = await this.#run("survey", end, () => rows.next());
      if (next.done) return;
      yield next.value;
    }
  }

  /**
   * Marks a key as retired, after a query has proven that no secret is under it. A process whose current key is retired
   * does not start any more. Retire a key only when the last process that had it as its current key has ended.
   *
   * @param keyId as `status` gives it
   * @throws SecretsError CONFLICT, reason KEY_IN_USE, when a secret is under it; INVALID_ARGUMENT, reason KEY_IS_CURRENT or
   * UNKNOWN_KEY
   */
  async retire(keyId: string, { signal }: RotationCallOptions = {}): Promise<void> {
    await this.#run("retire", signal, (end) => retireKey(this.#database, this.#ring, keyId, end));
  }

  /**
   * Ends the calls under way with ABORTED after the rows that they are working on, and closes the connections; an
   * application's own database stays open.
   */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#closed ??= Promise.all(this.#running).then(() => this.#database.close());
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
    const call = { operation, manager: "DB" };
    if (this.#closed !== undefined) throw wrapError(rotationClosed(), call);
    const end = this.#endOf(signal);
    let finish = () => {};
    const running = new Promise<void>((resolve) => {
      finish = resolve;
    });
    this.#running.add(running);
    try {
      end.throwIfAborted();
      return await run(end);
    } catch (error) {
      const isAbort = end.aborted && !isSecretsError(error);
      throw wrapError(isAbort ? aborted() : error, call, this.#database.statements);
    } finally {
      this.#running.delete(running);
      finish();
    }
  }

  #endOf(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal]);
  }
}

function rotationClosed(): SecretsError {
  return new SecretsError("CLOSED", "The rotation is closed. Open another one.");
}

function aborted(): SecretsError {
  return new SecretsError("ABORTED", "The call was ended by its signal. What it had done stays done.");
}
