import type { HistoryManager } from "./history-client.ts";
import type { Intercept } from "./intercepted-plugin.ts";

/** What histories in which secrets move need of a `SecretsManager`, from whichever copy of the package. */
export interface MovableManager extends HistoryManager {
  getMany(
    names: readonly string[],
  ): Promise<
    ReadonlyMap<
      string,
      | { readonly status: "found"; readonly secret: { readonly value: object } }
      | { readonly status: "absent" }
      | { readonly status: "failed"; readonly error: unknown }
    >
  >;
  list(options: { readonly prefix: string }): AsyncIterable<{ readonly name: string }>;
  close(options: { readonly timeout: number }): Promise<void>;
}

/** What a move takes. */
export interface MoveOptions {
  readonly prefix: string;
  readonly signal: AbortSignal;
}

/** What is needed of a move's report. */
export interface MoveReport {
  readonly done: number;
  readonly failures: readonly { readonly name: string; readonly error: Error }[];
}

/** Two managers of secrets with one ownership table, and processes that use them. */
export interface MovableSecrets<Manager extends MovableManager> {
  /** The ids of the two. */
  readonly managers: readonly [string, string];
  /** Opens a process with one of them selected. */
  open(selected: string, intercept: Intercept): Promise<Manager>;
  migrate(manager: Manager, options: MoveOptions & { readonly to: string }): Promise<MoveReport>;
  finalize(manager: Manager, options: MoveOptions): Promise<MoveReport>;
  /** The time without a step after which a move counts as waiting for another process. @default a few turns of the event loop */
  readonly idleMilliseconds?: number;
  /** Makes these transitions stale. */
  age(transitionIds: ReadonlySet<string>): void | Promise<void>;
  /** The names of everything that lies anywhere: a row, a secret or a copy. */
  names(): readonly string[] | Promise<readonly string[]>;
}
