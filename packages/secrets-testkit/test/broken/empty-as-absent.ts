import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Reads an empty object as an absent secret. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    get: async (name, context) => {
      const secret = await inner.get(name, context);
      return secret !== undefined && Object.keys(secret.value).length === 0 ? undefined : secret;
    },
  });

export const emptyAsAbsent: BrokenBackend = {
  wrap,
  fails: [
    "values: an empty object is a value, or refused by a store that has none",
    "errors: damaged: a stored text that is no value is reported as a damaged secret, and not as absence",
  ],
};
