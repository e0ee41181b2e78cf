import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Stores no more than the first 250 characters of a segment, as a column that is too short does. */
const wrap: WrapBackend = (inner) => {
  const cut = (name: string) =>
    name
      .split("/")
      .map((segment) => segment.slice(0, 250))
      .join("/");
  return changed(inner, {
    get: async (name, context) => {
      const secret = await inner.get(cut(name), context);
      return secret && { ...secret, name };
    },
    write: async (name, value, options, context) => ({
      ...(await inner.write(cut(name), value, options, context)),
      name,
    }),
    delete: (name, options, context) => inner.delete(cut(name), options, context),
  });
};

export const longNamesCut: BrokenBackend = {
  wrap,
  fails: ["names: a name with a segment of up to 255 bytes is stored whole, or rejected by every call"],
};
