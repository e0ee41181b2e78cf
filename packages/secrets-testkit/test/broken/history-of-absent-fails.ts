import { SecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Throws where there is no record of a secret. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async history(name, context) {
      const revisions = (await inner.history?.(name, context)) ?? [];
      if (revisions.length === 0) throw new SecretsError("NOT_FOUND", "There is no record of the secret.");
      return revisions;
    },
  });

export const historyOfAbsentFails: BrokenBackend = {
  wrap,
  fails: [
    "versions: history: a name that was never written has no versions",
    "versions: history: a deleted secret has no present version, and a new one of its name has one",
    "versions: history: every client lists a version as soon as its write has ended",
  ],
};
