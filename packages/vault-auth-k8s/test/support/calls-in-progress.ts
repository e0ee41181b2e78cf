import { setTimeout as sleep } from "node:timers/promises";
import type { SecretsManager } from "@archestra/secrets-core";

const PAUSE_MILLISECONDS = 20;

/** Calls one after another, from two callers, until they are ended. */
export class CallsInProgress {
  calls = 0;
  readonly failures: unknown[] = [];
  #ended = false;
  readonly #callers: readonly Promise<void>[];

  /** @param manager holds a secret `github_token` */
  constructor(manager: SecretsManager) {
    this.#callers = [this.#call(manager), this.#call(manager)];
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#callers);
  }

  async #call(manager: SecretsManager): Promise<void> {
    while (!this.#ended) {
      this.calls++;
      await manager.get("github_token").catch((error: unknown) => this.failures.push(error));
      await sleep(PAUSE_MILLISECONDS);
    }
  }
}
