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
  fails: ["late", "aborted"].flatMap((ending) =>
    ["set", "update", "update with a function"].map(
      (operation) =>
        `errors: hanging-answer: ${operation} that is ${ending} ends in time with its actual outcome`,
    ),
  ),
};
