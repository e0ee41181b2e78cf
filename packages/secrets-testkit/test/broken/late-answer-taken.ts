import type { StoredSecret } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Sends requests over one connection, and takes the answer of a read that was given up for that of the next one. */
const wrap: WrapBackend = (inner, store) => {
  let late: StoredSecret | undefined;
  return changed(inner, {
    async get(name, context) {
      const answer = late;
      late = undefined;
      if (answer !== undefined) return answer;
      try {
        return await inner.get(name, context);
      } catch (error) {
        const row = context.signal.aborted ? store.find(name) : undefined;
        if (row?.value !== undefined)
          late = { name, value: structuredClone(row.value), version: `${row.id}.${row.version}` };
        throw error;
      }
    },
  });
};

export const lateAnswerTaken: BrokenBackend = {
  wrap,
  fails: [
    "errors: timeout: after a hung call of any kind, the same client answers every call with its own answer",
  ],
};
