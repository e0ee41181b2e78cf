import type { Logger } from "../backend/logger.ts";
import type { JsonValue } from "../secret/secret.ts";
import type { PluginContext } from "./plugin.ts";

/** What an operator does about a finding. It has a command, a variable, or both, wherever there is one. */
export interface Remedy {
  /** A command and its arguments, which can be run as they are. Absent: no single command is the remedy. */
  readonly command?: readonly string[];
  /** The environment variable to set or correct. Absent: no variable is the remedy. */
  readonly variable?: string;
  /** One sentence or more. Absent: the message of the finding says what to do. */
  readonly text?: string;
}

/** A problem that a diagnosis found. It is safe to show. */
export interface Finding {
  /** Stable, such as `MIGRATIONS_PENDING`. Where an error reports the same problem, it is the reason of the error. */
  readonly code: string;
  /** `broken`: calls fail, or will fail now. `degraded`: everything is served for now, or some secrets are not. */
  readonly severity: "degraded" | "broken";
  /** What is wrong, and why. Never a value. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: Remedy;
}

/** Something that a diagnosis found out that is no problem. It is safe to show. */
export interface DiagnosedFact {
  /** Stable and unique in the plugin, in camel case, such as `pendingMigrations`. */
  readonly key: string;
  /** The same for a person, such as `pending migrations`. */
  readonly label: string;
  /** For a program. */
  readonly value: JsonValue;
  /** For a person. Empty: another fact has it in its text. @default the value */
  readonly text?: string;
}

/** The secrets that one manager owns, by the ownership table. */
export interface OwnedSecrets {
  /** The id of the owner. */
  readonly manager: string;
  /** How many secrets it owns. */
  readonly count: number;
  /** Some of them, with the recorded path. */
  readonly samples: readonly { readonly name: string; readonly path?: string | undefined }[];
}

/** What `diagnose` of a plugin receives. What it reports after its end is dropped. */
export interface DiagnosisContext extends Pick<PluginContext, "strict" | "purpose"> {
  /** Aborts before the deadline of the diagnosis, with time left for closing what was opened. */
  readonly signal: AbortSignal;
  /** When the diagnosis ends without the plugin, in milliseconds as `Date.now()` returns them. */
  readonly deadline: number;
  /** Makes a finding of each warning, for code that a start uses too. Its code is that of the warning. */
  readonly logger: Logger;
  /** Reports a fact. Facts are shown in the order in which they are reported; a second one of a key replaces the first. */
  fact(fact: DiagnosedFact): void;
  /** Reports a finding. One of the same code and message is reported once. */
  finding(finding: Finding): void;
  /**
   * Reports a failure as a finding, with the reason or the code of the error. Only the message of a `SecretsError` is shown.
   *
   * @param error what was thrown
   * @param finding what is known better. @default broken, with the first variable that the message names
   */
  failure(error: unknown, finding?: Partial<Finding>): void;
  /** Reports what the ownership table says of one owner. Owners that cannot be opened become findings. */
  owner(owned: OwnedSecrets): void;
  /** Reports where this store keeps the secret of a name, which is compared with the recorded paths. */
  paths(pathOf: (name: string) => string): void;
}
