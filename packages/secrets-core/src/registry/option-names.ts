import type { Logger } from "../backend/logger.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import type { SettingDescription } from "./resolve-plugin.ts";

/** Matches nothing. */
const NONE = /(?!)/g;

/**
 * Names settings as the application gave them. Plugins write messages about variables; where the setting came from code,
 * the variable is set nowhere, so the message names the option instead.
 */
export class OptionNames {
  /** The option by the variable of the same setting. */
  readonly #options = new Map<string, string>();
  #variables = NONE;

  constructor(settings: readonly SettingDescription[] = []) {
    this.add(settings);
  }

  /** Adds the settings of a plugin that was opened later. */
  add(settings: readonly SettingDescription[]): void {
    for (const { variable, option, source } of settings) {
      if (source === "option" && variable !== undefined && /^\w+$/.test(variable))
        this.#options.set(variable, option);
    }
    if (this.#options.size === 0) return;
    const names = [...this.#options.keys()].join("|");
    // Whole names outside of quotes: `NAME_FILE` is another variable, and a secret may be called as a variable is.
    this.#variables = new RegExp(`([.!?]\\s+|\\n\\s*|\\b[Ss]et )?(?<![\\w"/])(${names})(?![\\w"/])(=)?`, "g");
  }

  /** The message with the options that the application passed in the place of their variables. */
  inText(message: string): string {
    return message.replaceAll(
      this.#variables,
      (_match, before = "", variable: string, assigned = "", offset: number) => {
        const option = `option \`${this.#options.get(variable)}\``;
        if (/^set /i.test(before)) return `${before}the ${option}${assigned && " to "}`;
        return `${before}${before !== "" || offset === 0 ? "The" : "the"} ${option}${assigned}`;
      },
    );
  }

  /** The same in the message of an error of ours. It stays the same object, which several callers may share. */
  inError<Failure>(error: Failure): Failure {
    if (!isSecretsError(error)) return error;
    const { message, stack } = error;
    const renamed = this.inText(message);
    if (renamed === message) return error;
    error.message = renamed;
    if (stack !== undefined) error.stack = stack.replace(message, () => renamed);
    return error;
  }

  /** A logger whose messages name the options. Fields stay as they are, for programs. */
  inLogger(logger: Logger): Logger {
    return {
      warn: (fields, message) => logger.warn(fields, this.inText(message)),
      info: (fields, message) => logger.info?.(fields, this.inText(message)),
    };
  }
}
