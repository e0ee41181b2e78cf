import type { Secret, SecretsManager } from "@archestra/secrets-core";
import { printable } from "../output/printable.ts";
import type { Progress } from "../output/progress.ts";
import { CommandError } from "../program/command-error.ts";

/** A secret that was left out, and why. */
export interface UnreadableSecret {
  readonly name: string;
  readonly message: string;
}

const SECRETS_AT_A_TIME = 100;

/** Reads all secrets of a prefix with their values, in the order of their names, a hundred at a time. */
export class SecretReader {
  count = 0;
  readonly unreadable: UnreadableSecret[] = [];
  readonly #manager: SecretsManager;
  readonly #options: {
    readonly prefix: string;
    readonly signal: AbortSignal;
    readonly progress: Progress;
    readonly skipsUnreadable: boolean;
  };

  constructor(
    manager: SecretsManager,
    options: { prefix: string; signal: AbortSignal; progress: Progress; skipsUnreadable: boolean },
  ) {
    this.#manager = manager;
    this.#options = options;
  }

  /** @throws CommandError when a secret cannot be read and none is to be left out */
  async *secrets(): AsyncGenerator<Secret> {
    const { prefix, signal, progress } = this.#options;
    let names: string[] = [];
    try {
      for await (const { name } of this.#manager.list({ prefix, onlyNames: true, signal })) {
        names.push(name);
        if (names.length < SECRETS_AT_A_TIME) continue;
        yield* this.#read(names);
        names = [];
      }
      yield* this.#read(names);
    } finally {
      progress.end();
    }
  }

  async *#read(names: readonly string[]): AsyncGenerator<Secret> {
    const { signal, progress, skipsUnreadable } = this.#options;
    for (const [name, result] of await this.#manager.getMany(names, { signal })) {
      if (result.status === "found") {
        this.count++;
        progress.show({ done: this.count });
        yield result.secret;
      } else if (result.status === "failed") {
        const { message } = result.error;
        if (!skipsUnreadable) throw notReadable(name, message);
        this.unreadable.push({ name, message });
      }
    }
  }
}

function notReadable(name: string, message: string): CommandError {
  return new CommandError(
    "UNREADABLE",
    `The secret ${printable(name)} cannot be read, so the export is incomplete. ${message}\nRepair or delete the secret, or add --skip-unreadable to leave such secrets out.`,
  );
}
