import { isDeepStrictEqual } from "node:util";
import { isSecretsError, SecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import { readBack } from "../support/read-back.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Finds another value when it reads back, and concludes that its own was never written. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      try {
        return await inner.write(name, value, options, context);
      } catch (error) {
        if (options.expect === "absent" || !isSecretsError(error, "OUTCOME_UNKNOWN")) throw error;
        const secret = await readBack(inner, name, context);
        if (secret === undefined) throw error;
        if (isDeepStrictEqual(secret.value, value)) return secret;
        context.signal.throwIfAborted();
        throw new SecretsError("UNAVAILABLE", "Nothing was written.");
      }
    },
  });

export const overwrittenDenied: BrokenBackend = {
  wrap,
  fails: [
    "errors: hanging-answer: set that another client has overwritten is not denied or repeated",
    "errors: hanging-answer: update that another client has overwritten is not denied or repeated",
    "errors: hanging-answer: update with a function that another client has overwritten is not denied or repeated",
  ],
};
