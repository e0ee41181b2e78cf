import { isSecretsError } from "@archestra/secrets-core";
import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Reads back once more, a while after it could not find out what became of a write. */
export const timerLeftByReadBack: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, {
      write: (name, value, options, context) =>
        inner.write(name, value, options, context).catch((error: unknown) => {
          if (isSecretsError(error, "OUTCOME_UNKNOWN")) setTimeout(() => {}, 30_000);
          throw error;
        }),
    }),
  fails: ["lifecycle: closed: nothing keeps the process alive after a change whose answer was lost"],
};
