import { isDeepStrictEqual } from "node:util";
import { isSecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Reads back with the signal that has just aborted, as a client does that passes it to every request. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      try {
        return await inner.write(name, value, options, context);
      } catch (error) {
        if (options.expect === "absent" || !isSecretsError(error, "OUTCOME_UNKNOWN")) throw error;
        context.signal.throwIfAborted();
        const secret = await inner.get(name, context);
        if (secret !== undefined && isDeepStrictEqual(secret.value, value)) return secret;
        throw error;
      }
    },
  });

export const readBackAborted: BrokenBackend = {
  wrap,
  fails: [
    "errors: lost-answer: set ends with its actual outcome",
    "errors: lost-answer: update ends with its actual outcome",
    "errors: lost-answer: update under a version ends with its actual outcome",
    "errors: lost-answer: update with a function is applied once",
    "errors: hanging-answer: set that is late ends in time with its actual outcome",
    "errors: hanging-answer: update that is late ends in time with its actual outcome",
    "errors: hanging-answer: update with a function that is late ends in time with its actual outcome",
    "errors: hanging-answer: set that is aborted ends in time with its actual outcome",
    "errors: hanging-answer: update that is aborted ends in time with its actual outcome",
    "errors: hanging-answer: update with a function that is aborted ends in time with its actual outcome",
    "errors: timeout: no call claims a result after half a minute without an answer",
    "errors: hanging-answer: set that another client has overwritten is not denied or repeated",
    "errors: hanging-answer: update that another client has overwritten is not denied or repeated",
    "errors: hanging-answer: update with a function that another client has overwritten is not denied or repeated",
  ],
};
