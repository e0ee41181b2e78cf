import { isSecretsError } from "@archestra/secrets-core";
import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Waits in `close` for the answers of reads that were given up because the manager closes. */
export const closeKeptWaiting: BrokenBackend = {
  wrap: (inner) => {
    let answers: Promise<unknown> = Promise.resolve();
    return changed(inner, {
      async get(name, context) {
        try {
          return await inner.get(name, context);
        } catch (error) {
          if (isSecretsError(error, "ABORTED")) answers = new Promise(() => {});
          throw error;
        }
      },
      async close() {
        await answers;
        await inner.close();
      },
    });
  },
  fails: [
    "lifecycle: never-answers: close ends while get waits for the store",
    "errors: timeout: after a hung call of any kind, the same client answers every call with its own answer",
    "errors: timeout: while a get hangs, a client that serves other reads serves another get",
    "errors: timeout: while a getMany hangs, a client that serves other reads serves another getMany",
    "errors: timeout: while a has hangs, a client that serves other reads serves another has",
    "errors: timeout: a client whose calls were aborted at the same time serves as many",
    "errors: timeout: no call claims a result after half a minute without an answer",
  ],
};
