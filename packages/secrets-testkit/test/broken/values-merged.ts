import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Leaves the entries of the old value that the new one does not name, as a patch does. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      const current = options.expect === "absent" ? undefined : await inner.get(name, context);
      const merged = Object.freeze({ ...current?.value, ...value });
      return inner.write(name, merged, options, context);
    },
  });

export const valuesMerged: BrokenBackend = {
  wrap,
  fails: [
    "values: an empty object is a value, or refused by a store that has none",
    "values: a new value replaces the whole old one",
    "errors: damaged: set replaces a secret that cannot be read, with and without an ownership table",
    "errors: damaged: what another program stored and is no value is a damaged secret for every call",
  ],
};
