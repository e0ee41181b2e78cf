import {
  type BulkOptions,
  type BulkProgress,
  type BulkReport,
  type FinalizeMigrationOptions,
  finalizeMigration,
  isSecretsError,
  type MigrateSecretsOptions,
  migrateSecrets,
  type SecretsManager,
} from "@archestra/secrets-core";
import { logger } from "./json-logger.ts";

/** The current step, or the last one. */
export type MigrationState =
  | { readonly status: "none" }
  | ({ readonly status: "running"; readonly step: Step } & Partial<BulkProgress>)
  | ({ readonly status: "ended"; readonly step: Step } & BulkReport)
  | { readonly status: "failed"; readonly step: Step; readonly error: unknown };

type Step = "migrate" | "finalize";

/** Moves this application's secrets while it serves requests, one step at a time. */
export class Migration {
  readonly #secrets: SecretsManager;
  readonly #stopping = new AbortController();
  #state: MigrationState = { status: "none" };
  #work: Promise<void> = Promise.resolve();

  constructor(secrets: SecretsManager) {
    this.#secrets = secrets;
  }

  get state(): MigrationState {
    return this.#state;
  }

  // #region steps
  /** @returns false when another step is in progress */
  migrate(options: MigrateSecretsOptions): boolean {
    return this.#begin("migrate", (common) => migrateSecrets(this.#secrets, { ...options, ...common }));
  }

  /** @returns false when another step is in progress */
  finalize(options: FinalizeMigrationOptions): boolean {
    return this.#begin("finalize", (common) => finalizeMigration(this.#secrets, { ...options, ...common }));
  }

  #begin(step: Step, work: (common: BulkOptions) => Promise<BulkReport>): boolean {
    if (this.#state.status === "running") return false;
    this.#state = { status: "running", step };
    const onProgress = (progress: BulkProgress) => {
      this.#state = { status: "running", step, ...progress };
    };
    this.#work = work({ onProgress, signal: this.#stopping.signal }).then(
      (report) => this.#end({ status: "ended", step, ...report }),
      (error: unknown) => this.#end({ status: "failed", step, error: shown(error) }),
    );
    return true;
  }
  // #endregion

  /** Stops the step in progress. The secrets that it has not reached stay unchanged. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  #end(state: MigrationState): void {
    this.#state = state;
    logger.info({ migration: state }, "A step of the migration ended.");
  }
}

/** A SecretsError contains no value of a secret, and its JSON is suitable for logs. */
function shown(error: unknown): unknown {
  return isSecretsError(error) ? error.toJSON() : String(error);
}
