import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Returns no version of a value without entries, which its store cannot mark. */
export const versionForgotten: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, {
      async get(name, context) {
        const secret = await inner.get(name, context);
        if (secret === undefined || Object.keys(secret.value).length > 0) return secret;
        return { name: secret.name, value: secret.value };
      },
    }),
  fails: [
    "values: an empty object is a value, or refused by a store that has none",
    "errors: damaged: a stored text that is no value is reported as a damaged secret, and not as absence",
  ],
};
