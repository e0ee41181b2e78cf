import type { Logger } from "../backend/logger.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import type { SettingDescription } from "./resolve-plugin.ts";

const NONE = /(?!)/g;

/**
 * Replaces variables by options in messages. Messages of plugins name the variable of a setting. For a setting that the
 * application passed in code, the message must name the option instead.
 */
export class OptionNames {
  /** Maps the variable of a setting to its option. */
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
    // Only whole names outside of quotes: `NAME_FILE` is another variable, and a secret may have the name of a variable.
    this.#variables = new RegExp(`([.!?]\\s+|\\n\\s*|\\b[Ss]et )?(?<![\\w"/])(${names})(?![\\w"/])(=)?`, "g");
  }

  /** Replaces the variables in a message. */
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

  /** Replaces the variables in the message of a SecretsError, in place, as several callers may share the object. */
  inError<Failure>(error: Failure): Failure {
    if (!isSecretsError(error)) return error;
    const { message, stack } = error;
    const renamed = this.inText(message);
    if (renamed === message) return error;
    error.message = renamed;
    if (stack !== undefined) error.stack = stack.replace(message, () => renamed);
    return error;
  }

  /** Returns a logger that replaces the variables in messages. It does not change fields, which are for programs. */
  inLogger(logger: Logger): Logger {
    return {
      warn: (fields, message) => logger.warn(fields, this.inText(message)),
      info: (fields, message) => logger.info?.(fields, this.inText(message)),
    };
  }
}
