import type { CreateSecretsManagerOptions, Logger, SecretsManager } from "@archestra/secrets-core";
import type { Plugin, StandaloneOptions } from "@archestra/secrets-core/plugin";
import type { Input } from "../input/input.ts";
import type { Output } from "../output/output.ts";
import type { EnvironmentWithSources } from "../settings/environment.ts";

/** What every command receives. */
export interface CommandContext extends EnvironmentWithSources {
  readonly output: Output;
  readonly input: Input;
  /** The options that a further command of this program needs for the same settings: `--env-file` and `--plugin`. */
  readonly settingsOptions: readonly string[];
  /** Aborts at SIGINT and SIGTERM. A second signal ends the process at once. */
  readonly signal: AbortSignal;
  /** Receives the warnings of plugins. */
  readonly logger: Logger;
  /** The arguments behind the first `--`, with which the arguments of the command end, too. Undefined: there is no `--`. */
  readonly afterSeparator: readonly string[] | undefined;
  /** For calls that open a store without a manager. */
  readonly standalone: StandaloneOptions;
  /** Imports the plugins of the program and of `--plugin`. */
  plugins(): Promise<readonly Plugin[]>;
  /**
   * Opens the secrets manager that the settings select. It is closed when the command ends.
   *
   * @throws SecretsError as `createSecretsManager` does
   */
  openManager(options?: Partial<CreateSecretsManagerOptions>): Promise<SecretsManager>;
  /**
   * Lets the process end some milliseconds after the command, although connections are open that a plugin cannot close. In an
   * application that runs the program, it does nothing.
   */
  endProcess(milliseconds: number): void;
  /**
   * Does work that must not be abandoned, and ends by itself after the signal, such as after the secrets in progress. Everything
   * else is abandoned a moment after the signal, since a store that does not answer can take long to open or close.
   */
  waitFor<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Runs when the command ends, the last one first, whether it failed or not. */
  onEnd(clean: () => Promise<void>): void;
}
