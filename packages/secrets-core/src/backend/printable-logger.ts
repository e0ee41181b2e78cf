import { printableMessage, printableText } from "../errors/printable-text.ts";
import type { LogFields, Logger } from "./logger.ts";

/** Deeper than any field of ours. */
const DEEPEST_FIELD = 4;
const LONGEST_FIELD = 10_000;

/** A logger that gets no character which a terminal or a viewer of logs would obey instead of showing it. */
export function printableLogger(logger: Logger): Logger {
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
