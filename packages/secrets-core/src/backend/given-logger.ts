import { printableMessage, printableText } from "../errors/printable-text.ts";
import type { LogFields, Logger } from "./logger.ts";

/** Deeper than any field that these packages log. */
const DEEPEST_FIELD = 4;
const LONGEST_FIELD = 10_000;

type Method = (...args: readonly unknown[]) => unknown;
type Methods = { readonly [method in "bindings" | "info" | "levels" | "log" | "warn"]?: unknown };

/**
 * Adapts the logger of an application to plugins: fields first, with `info`, and without control characters.
 *
 * A logger that receives its arguments in the wrong order loses the message. Loggers with a method `log`, such as winston,
 * `console` and Nest, take the message first. Others, such as pino and bunyan, take the fields first.
 *
 * @param takenBy the function with the option, for the error message
 * @throws TypeError when it has no method `warn`
 */
export function givenLogger(logger: Logger, takenBy: string): Logger {
  const methods = logger as Methods | undefined | null;
  if (typeof methods?.warn !== "function") {
    throw new TypeError(
      `The option \`logger\` of ${takenBy} must have a method \`warn\`: pass a logger of pino, winston, bunyan or Nest, \`console\`, or an object with \`warn(fields, message)\`.`,
    );
  }
  return printableLogger(isMessageFirst(methods) ? fieldsFirst(methods) : logger);
}

/** A logger of pino has `bindings`, and can have a level named `log`. */
function isMessageFirst({ log, bindings }: Methods): boolean {
  return typeof log === "function" && typeof bindings !== "function";
}

function fieldsFirst(logger: Methods): Logger {
  const call = (method: "info" | "log" | "warn", fields: LogFields, message: string) =>
    void (logger[method] as Method).call(logger, message, fields);
  return {
    warn: (fields, message) => call("warn", fields, message),
    info(fields, message) {
      if (typeof logger.info === "function") call("info", fields, message);
      // The `log` of a logger with `levels`, such as winston's, takes the level first.
      else if (logger.levels === undefined) call("log", fields, message);
    },
  };
}

/** Escapes characters that a terminal or a log viewer would obey. */
function printableLogger(logger: Logger): Logger {
  return {
    warn: (fields, message) => logger.warn(printableFields(fields), printableMessage(message)),
    info: (fields, message) => logger.info?.(printableFields(fields), printableMessage(message)),
  };
}

function printableFields(fields: LogFields): LogFields {
  return printableField(fields, DEEPEST_FIELD) as LogFields;
}

function printableField(field: unknown, levels: number): unknown {
  if (typeof field === "string") return printableText(field, LONGEST_FIELD);
  if (typeof field !== "object" || field === null || levels === 0) return field;
  if (Array.isArray(field)) return field.map((entry) => printableField(entry, levels - 1));
  const prototype = Object.getPrototypeOf(field);
  if (prototype !== Object.prototype && prototype !== null) return field;
  return Object.fromEntries(
    Object.entries(field).map(([key, entry]) => [printableText(key), printableField(entry, levels - 1)]),
  );
}
