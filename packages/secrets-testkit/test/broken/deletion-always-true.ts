import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Answers as a server does that says 204 either way. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async delete(name, options, context) {
      await inner.delete(name, options, context);
      return true;
    },
  });

export const deletionAlwaysTrue: BrokenBackend = {
  wrap,
  fails: [
    "existence: delete returns whether there was a secret",
    "versions: a deletion under a version of an absent secret is false",
  ],
};
