import { isSecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Sends a conditional write again when the answer was lost, and finds its own version where it expects the one before. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      try {
        return await inner.write(name, value, options, context);
      } catch (error) {
        const isConditional = typeof options.expect === "object";
        if (!isConditional || context.signal.aborted || !isSecretsError(error, "OUTCOME_UNKNOWN"))
          throw error;
        return inner.write(name, value, options, context);
      }
    },
  });

export const conditionRepeated: BrokenBackend = {
  wrap,
  fails: [
    "errors: lost-answer: update under a version ends with its actual outcome",
    "errors: lost-answer: update with a function is applied once",
  ],
};
