import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Warns of what it replaces, in full. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      try {
        return await inner.write(name, value, options, context);
      } catch (error) {
        context.logger.warn({ code: "ACME_WRITE_FAILED", value }, "A write failed.");
        throw error;
      }
    },
  });

export const valueInWarning: BrokenBackend = {
  wrap,
  fails: [
    "redaction: warnings show no value",
    "redaction: errors of unauthenticated show no value",
    "redaction: errors of permission-denied show no value",
    "redaction: errors of rate-limited show no value",
    "redaction: errors of unavailable show no value",
    "redaction: errors of timeout show no value",
    "redaction: errors of lost-answer show no value",
    "redaction: errors of lost-request show no value",
    "redaction: errors of hanging-answer show no value",
    "redaction: errors of nonsense show no value",
  ],
};
