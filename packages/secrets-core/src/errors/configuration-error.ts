import { printableMessage } from "./printable-text.ts";
import { SecretsError } from "./secrets-error.ts";

/** One problem of the configuration. */
export interface ConfigurationIssue {
  /**
   * `missing`: required and not set. `invalid`: set, but not usable. `conflict`: set twice. `unreadable`: its file
   * cannot be read. `unknown`: names a plugin that is not installed. `incompatible`: names a plugin of another contract version.
   */
  readonly problem: "missing" | "invalid" | "conflict" | "unreadable" | "unknown" | "incompatible";
  /** The environment variable to set or correct. Absent: the setting is passed in code, or can only be passed there. */
  readonly variable?: string;
  /** The option of the plugin's factory for the same setting. Absent: there is none. */
  readonly option?: string;
  /** The id of the plugin that declares the setting. Absent: the setting is core's own. */
  readonly plugin?: string;
  /** A sentence that says what is expected and what to do. It never contains the value of a secret setting. */
  readonly expected: string;
}

/**
 * Reports every problem of the configuration at once. Its code is `INVALID_CONFIGURATION`.
 *
 * `resolveSecretsManager` and `createSecretsManager` throw it before they open or write anything.
 */
export class ConfigurationError extends SecretsError {
  /** The problems, in the order in which the settings are declared. */
  readonly issues: readonly ConfigurationIssue[];

  /**
   * @param headline one sentence that names the failed operation
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

/** Formats one issue as a line, for the error's message and for `describe()`. */
export function describeIssue(issue: ConfigurationIssue): string {
  const option = issue.option === undefined ? undefined : `option \`${issue.option}\``;
  const setting = [issue.variable, option].filter((part) => part !== undefined).join(" or ");
  return setting === "" ? issue.expected : `${setting}: ${issue.expected}`;
}
