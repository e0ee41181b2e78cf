import { printableMessage, printableText } from "../errors/printable-text.ts";
import type { LogFields, Logger } from "./logger.ts";

/** Deeper than any field of ours. */
const DEEPEST_FIELD = 4;
const LONGEST_FIELD = 10_000;

/** A method of a logger whose order of arguments is known by then. */
type Method = (...args: readonly unknown[]) => unknown;
type Methods = { readonly [method in "bindings" | "info" | "levels" | "log" | "warn"]?: unknown };

/**
 * The logger of an application as plugins use it: fields first, with `info`, and with nothing that a terminal would obey.
 *
 * Two orders of arguments are in use, and a logger that gets the wrong one loses the message. They are distinguished by
 * `log`: winston, `console` and Nest have it and take the message first; pino and bunyan do not and take the fields first.
 *
 * @param takenBy what takes the option, for the message when it is no logger
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

/** A logger of pino has `bindings`, and `log` when the application calls one of its levels so. */
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
      // Of one with `levels`, such as winston's, `log` takes the level first: it has other levels than `info`.
      else if (logger.levels === undefined) call("log", fields, message);
    },
  };
}

/** A logger that gets no character which a terminal or a viewer of logs would obey instead of showing it. */
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
