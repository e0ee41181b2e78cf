import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Decodes in names the signs with which its keys replace a slash, also where the name itself contains them. */
const keyOf = (name: string) => name.replaceAll("=2F", "/");

export const nameDecodedOnce: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, {
      async get(name, context) {
        const secret = await inner.get(keyOf(name), context);
        return secret && { ...secret, name };
      },
      async write(name, value, options, context) {
        return { ...(await inner.write(keyOf(name), value, options, context)), name };
      },
      delete: (name, options, context) => inner.delete(keyOf(name), options, context),
    }),
  fails: ["names: what stores use in place of a slash is ordinary"],
};
