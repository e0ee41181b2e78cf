import { isSecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Says of a deletion under a wrong version that there was nothing to delete. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async delete(name, options, context) {
      try {
        return await inner.delete(name, options, context);
      } catch (error) {
        if (isSecretsError(error, "CONFLICT")) return false;
        throw error;
      }
    },
  });

export const conflictAsAbsence: BrokenBackend = {
  wrap,
  fails: [
    "versions: a deletion under another version is CONFLICT and deletes nothing",
    "versions: a deletion under an unknown version is CONFLICT and deletes nothing",
    "capabilities: conditions on a version work exactly when they are declared, and are UNSUPPORTED otherwise",
  ],
};
