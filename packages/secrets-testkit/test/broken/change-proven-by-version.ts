import { isSecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import { readBack } from "../support/read-back.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Takes any new version that it reads back for its own. */
const wrap: WrapBackend = (inner, store) =>
  changed(inner, {
    async write(name, value, options, context) {
      const before = versionOf();
      try {
        return await inner.write(name, value, options, context);
      } catch (error) {
        if (!isSecretsError(error, "OUTCOME_UNKNOWN") || versionOf() === before) throw error;
        const secret = await readBack(inner, name, context);
        if (secret === undefined) throw error;
        return secret;
      }

      /** As if it had read the secret before. */
      function versionOf(): string {
        const row = store.find(name);
        return `${row?.id}.${row?.version}`;
      }
    },
  });

export const changeProvenByVersion: BrokenBackend = {
  wrap,
  fails: [
    "errors: timeout: create is not proven by an equal value that another client wrote",
    "errors: hanging-answer: create that another client has overwritten is not denied or repeated",
    "errors: hanging-answer: set that another client has overwritten is not denied or repeated",
    "errors: hanging-answer: update that another client has overwritten is not denied or repeated",
    "errors: hanging-answer: update with a function that another client has overwritten is not denied or repeated",
  ],
};
