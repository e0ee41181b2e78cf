import { isSecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Takes a request whose connection was lost for executed. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      try {
        return await inner.write(name, value, options, context);
      } catch (error) {
        if (context.signal.aborted || !isSecretsError(error, "OUTCOME_UNKNOWN")) throw error;
        return { name, version: "unknown" };
      }
    },
    async delete(name, options, context) {
      try {
        return await inner.delete(name, options, context);
      } catch (error) {
        if (context.signal.aborted || !isSecretsError(error, "OUTCOME_UNKNOWN")) throw error;
        return true;
      }
    },
  });

export const lossAsSuccess: BrokenBackend = {
  wrap,
  fails: [
    "errors: lost-answer: create ends with its actual outcome",
    "errors: lost-answer: set ends with its actual outcome",
    "errors: lost-answer: update ends with its actual outcome",
    "errors: lost-answer: update under a version ends with its actual outcome",
    "errors: lost-request: create ends with its actual outcome",
    "errors: lost-request: set ends with its actual outcome",
    "errors: lost-request: update ends with its actual outcome",
    "errors: lost-request: delete ends with its actual outcome",
    "errors: lost-request: update under a version ends with its actual outcome",
    "errors: lost-request: delete under a version ends with its actual outcome",
    "errors: lost-answer: delete of an absent secret is not reported as a deletion",
    "errors: lost-answer: create does not succeed when another client created the secret with an equal value",
    "errors: lost-request: create does not succeed when another client created the secret with an equal value",
    "errors: nonsense: create does not succeed when another client created the secret with an equal value",
    "errors: nonsense: create claims nothing",
    "errors: nonsense: set claims nothing",
    "errors: nonsense: update claims nothing",
    "errors: nonsense: delete claims nothing",
  ],
};
