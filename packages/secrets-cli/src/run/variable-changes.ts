import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError } from "@archestra/secrets-core";
import type { Output } from "../output/output.ts";
import { CommandError } from "../program/command-error.ts";
import type { VariableReader, Variables } from "./variable-reader.ts";

/** Reads the variables of a command again and again, until one differs. */
export class VariableChanges {
  readonly #reader: VariableReader;
  readonly #output: Output;
  /** In milliseconds. */
  readonly #interval: number;
  #failure: string | undefined;

  constructor(reader: VariableReader, output: Output, interval: number) {
    this.#reader = reader;
    this.#output = output;
    this.#interval = interval;
  }

  /**
   * Waits until the variables differ from these. A failed read is a warning, once for each failure.
   *
   * @returns undefined when the signal aborted
   */
  async next(current: Variables, signal: AbortSignal): Promise<Variables | undefined> {
    for (;;) {
      // Programs that start together must not read together for ever.
      const pause = this.#interval * (0.8 + 0.4 * Math.random());
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return undefined;
      const variables = await this.#read(signal);
      if (signal.aborted) return undefined;
      if (variables !== undefined && changedNames(current, variables).length > 0) return variables;
    }
  }

  async #read(signal: AbortSignal): Promise<Variables | undefined> {
    try {
      const variables = await this.#reader.read(signal);
      this.#failure = undefined;
      return variables;
    } catch (error) {
      if (signal.aborted) return undefined;
      const isSafe = isSecretsError(error) || error instanceof CommandError;
      const failure = isSafe ? error.message : `An unexpected ${(error as Error).name} occurred.`;
      if (failure !== this.#failure) {
        this.#output.warn(
          "SECRETS_NOT_READ",
          `warning: The secrets could not be read again. The command continues.\n${failure}`,
        );
      }
      this.#failure = failure;
      return undefined;
    }
  }
}

/** The names of variables that differ, sorted. */
export function changedNames(one: Variables, other: Variables): string[] {
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].filter((name) => one.get(name) !== other.get(name)).sort();
}
