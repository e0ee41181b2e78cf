import { SecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Quotes what was to be written in the error of an unmet expectation. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      try {
        return await inner.write(name, value, options, context);
      } catch (error) {
        if (!(error instanceof SecretsError) || error.code === "OUTCOME_UNKNOWN") throw error;
        throw new SecretsError(error.code, `${error.message} The value was ${JSON.stringify(value)}.`);
      }
    },
  });

export const valueInError: BrokenBackend = {
  wrap,
  // An event contains the error.
  fails: ["redaction: errors of refused calls show no value", "redaction: events of calls show no value"],
};
