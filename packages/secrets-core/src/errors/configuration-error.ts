import { printableMessage } from "./printable-text.ts";
import { SecretsError } from "./secrets-error.ts";

/** One thing that is wrong with the configuration. */
export interface ConfigurationIssue {
  /**
   * `missing`: required and not set. `invalid`: set, and not usable. `conflict`: set twice. `unreadable`: its file
   * cannot be read. `unknown`: names a plugin that is not installed. `incompatible`: names a plugin of another contract.
   */
  readonly problem: "missing" | "invalid" | "conflict" | "unreadable" | "unknown" | "incompatible";
  /** The environment variable to set or to mend. Absent: the setting was given in code, or can only be given there. */
  readonly variable?: string;
  /** The factory option of the same setting. Absent: the setting has none. */
  readonly option?: string;
  /** The id of the plugin that declares the setting. Absent: the setting is core's own. */
  readonly plugin?: string;
  /** What is expected, and what to do, in words. Never a value of a secret setting. */
  readonly expected: string;
}

/**
 * Everything that is wrong with the configuration, at once. Code `INVALID_CONFIGURATION`.
 *
 * It is thrown by `resolveSecretsManager` and `createSecretsManager` before anything is opened or written.
 */
export class ConfigurationError extends SecretsError {
  /** One entry for each problem, in the order in which the settings are declared. */
  readonly issues: readonly ConfigurationIssue[];

  /**
   * @param headline what could not be done, one sentence
   * @param issues at least one
   */
  constructor(headline: string, issues: readonly ConfigurationIssue[]) {
    super("INVALID_CONFIGURATION", [headline, ...issues.map(describeIssue)].join("\n  - "));
    this.issues = Object.freeze(
      issues.map((issue) => Object.freeze({ ...issue, expected: printableMessage(issue.expected) })),
    );
  }

  static {
    this.prototype.name = "ConfigurationError";
    Object.defineProperty(this, "name", { value: "ConfigurationError" });
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), issues: this.issues };
  }
}

/** One line for one issue, as the error's message and `describe()` print it. */
export function describeIssue(issue: ConfigurationIssue): string {
  const option = issue.option === undefined ? undefined : `option \`${issue.option}\``;
  const setting = [issue.variable, option].filter((part) => part !== undefined).join(" or ");
  return setting === "" ? issue.expected : `${setting}: ${issue.expected}`;
}
