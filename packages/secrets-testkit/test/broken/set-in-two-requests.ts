import { setImmediate as nextTurn } from "node:timers/promises";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Looks whether a secret exists, then creates or replaces it, and reports what another client did meanwhile. */
const wrap: WrapBackend = (inner, store) =>
  changed(inner, {
    async write(name, value, { expect }, context) {
      if (expect !== "any") return inner.write(name, value, { expect }, context);
      const found = store.find(name) === undefined ? "absent" : "present";
      await nextTurn();
      return inner.write(name, value, { expect: found }, context);
    },
  });

export const setInTwoRequests: BrokenBackend = {
  wrap,
  fails: [
    "concurrency: concurrent set of an absent secret by two clients never fails",
    "concurrency: set and delete of one secret by two clients at the same time never fail",
  ],
};
