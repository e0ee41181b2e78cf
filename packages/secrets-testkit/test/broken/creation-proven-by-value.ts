import { isDeepStrictEqual } from "node:util";
import { isSecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import { readBack } from "../support/read-back.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import { statusOf } from "../support/remote-memory.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const UNAVAILABLE = 503;

/** Takes an equal value for a proof that it was the one who created it. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      try {
        return await inner.write(name, value, options, context);
      } catch (error) {
        const isUnknown = isSecretsError(error, "OUTCOME_UNKNOWN") || statusOf(error) === UNAVAILABLE;
        if (options.expect !== "absent" || !isUnknown) throw error;
        const secret = await readBack(inner, name, context);
        if (secret !== undefined && isDeepStrictEqual(secret.value, value)) return secret;
        throw error;
      }
    },
  });

export const creationProvenByValue: BrokenBackend = {
  wrap,
  fails: [
    "errors: timeout: create is not proven by an equal value that another client wrote",
    "errors: unavailable: create does not succeed when another client created the secret with an equal value",
    "errors: timeout: create does not succeed when another client created the secret with an equal value",
    "errors: lost-answer: create does not succeed when another client created the secret with an equal value",
    "errors: lost-request: create does not succeed when another client created the secret with an equal value",
    "errors: hanging-answer: create does not succeed when another client created the secret with an equal value",
    "errors: nonsense: create does not succeed when another client created the secret with an equal value",
  ],
};
