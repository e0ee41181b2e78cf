import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@archestra/secrets-core";
import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { usedKeyIds } from "../keys/key-use.ts";
import { isRegisteredLast } from "../keys/registered-keys.ts";
import { type SweepReport, sweepToCurrentKey } from "./key-sweep.ts";

const DEFAULT_DELAY_MILLISECONDS = 30_000;
/** A process of an older rollout may have written under its key until it ended, after everything was moved. */
const INTERVAL_MILLISECONDS = 10 * 60_000;
const STOP_MILLISECONDS = 2_000;

/**
 * Moves secrets to the current key beside an application's calls, when that key was registered last: soon after the start,
 * and again from time to time. It keeps no process alive, and it rests half of the time.
 */
export class BackgroundSweep {
  readonly #database: OpenDatabase;
  readonly #ring: KeyRing;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #failedBefore = 0;

  /** @param delay the longest wait before it begins, in milliseconds. @default 30 000 */
  constructor(
    database: OpenDatabase,
    ring: KeyRing,
    logger: Logger,
    delay: number = DEFAULT_DELAY_MILLISECONDS,
  ) {
    this.#database = database;
    this.#ring = ring;
    this.#logger = logger;
    this.#running = this.#run(Math.random() * delay);
  }

  /** Ends it after the rows that it is working on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    // A statement that is stuck ends with the connections, which are closed next.
    await Promise.race([this.#running, sleep(STOP_MILLISECONDS, undefined, { ref: false })]);
  }

  async #run(delay: number): Promise<void> {
    await this.#rest(delay);
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#sweep();
      } catch (error) {
        if (!this.#stopping.signal.aborted) this.#warnOfFailure(error);
      }
      await this.#rest(INTERVAL_MILLISECONDS);
    }
  }

  async #sweep(): Promise<void> {
    const { statements } = this.#database;
    const waiting = { signal: this.#stopping.signal };
    const current = this.#ring.current.id;
    const isSwept = (keyId: string) => keyId === current || this.#ring.find(keyId).length === 0;
    const isNeeded = await statements.read(
      waiting,
      async (session) =>
        !(await usedKeyIds(session)).every(isSwept) && (await isRegisteredLast(session, current)),
    );
    if (!isNeeded) return;
    const report = await sweepToCurrentKey(this.#database, this.#ring, {
      signal: this.#stopping.signal,
      isBackground: true,
      afterPart: (_progress, milliseconds) => this.#rest(milliseconds),
    });
    this.#report(report);
  }

  async #rest(milliseconds: number): Promise<void> {
    const { signal } = this.#stopping;
    await sleep(milliseconds, undefined, { ref: false, signal }).catch(() => undefined);
  }

  #report({ keyId, reencrypted, failed }: SweepReport): void {
    if (reencrypted > 0) {
      this.#logger.info?.(
        { code: "ARCHESTRA_SECRETS_ROTATED", keyId, reencrypted },
        `Secrets that were moved to the current encryption key ${keyId}: ${reencrypted}.`,
      );
    }
    if (failed > 0 && failed !== this.#failedBefore) {
      this.#logger.warn(
        { code: "ARCHESTRA_SECRETS_NOT_ROTATED", keyId, failed },
        `Secrets that could not be moved to the current encryption key ${keyId}, because they cannot be decrypted although their key is there: ${failed}. They fail when they are read. \`survey\` of openRotation names them.`,
      );
    }
    this.#failedBefore = failed;
  }

  #warnOfFailure(error: unknown): void {
    const reason = this.#database.statements.classify(error) ?? "INTERNAL";
    this.#logger.warn(
      { code: "ARCHESTRA_SECRETS_SWEEP_FAILED", reason },
      `The sweep that moves secrets to the current encryption key was interrupted (${reason}). It continues in ten minutes, at the next start, or with \`sweep\` of openRotation.`,
    );
  }
}
