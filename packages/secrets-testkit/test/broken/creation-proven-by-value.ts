import { isDeepStrictEqual } from "node:util";
import { isSecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Takes an equal value for a proof that it was the one who created it. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      try {
        return await inner.write(name, value, options, context);
      } catch (error) {
        if (!isSecretsError(error, "OUTCOME_UNKNOWN")) throw error;
        const { logger, deadline, reserve } = context;
        const signal = AbortSignal.timeout(Math.max(0, deadline - Date.now()));
        const secret = await inner.get(name, { logger, deadline, reserve, signal }).catch(() => undefined);
        if (secret !== undefined && isDeepStrictEqual(secret.value, value)) return secret;
        throw error;
      }
    },
  });

export const creationProvenByValue: BrokenBackend = {
  wrap,
  fails: ["errors: timeout: create is not proven by an equal value that another client wrote"],
};
