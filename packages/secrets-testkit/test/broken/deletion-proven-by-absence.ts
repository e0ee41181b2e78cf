import { isSecretsError } from "@archestra/secrets-core";
import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Takes an absent secret for one that its own deletion removed. */
export const deletionProvenByAbsence: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, {
      async delete(name, options, context) {
        try {
          return await inner.delete(name, options, context);
        } catch (error) {
          if (!isSecretsError(error, "OUTCOME_UNKNOWN")) throw error;
          const signal = AbortSignal.timeout(Math.max(1, context.deadline - Date.now() - 50));
          const found = await inner.get(name, { ...context, signal }).catch(() => true);
          if (found === undefined) return true;
          throw error;
        }
      },
    }),
  fails: ["errors: lost-answer: delete of an absent secret is not reported as a deletion"],
};
