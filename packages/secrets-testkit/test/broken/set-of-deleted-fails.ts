import { setImmediate as nextTurn } from "node:timers/promises";
import { isSecretsError } from "@archestra/secrets-core";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Creates, and replaces what it finds in the way, which another client may have deleted meanwhile. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, { expect }, context) {
      if (expect !== "any") return inner.write(name, value, { expect }, context);
      try {
        return await inner.write(name, value, { expect: "absent" }, context);
      } catch (error) {
        if (!isSecretsError(error, "ALREADY_EXISTS")) throw error;
        await nextTurn();
        return inner.write(name, value, { expect: "present" }, context);
      }
    },
  });

export const setOfDeletedFails: BrokenBackend = {
  wrap,
  fails: ["concurrency: set and delete of one secret by two clients at the same time never fail"],
};
