import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Keeps names as a store does that compares them without regard to case. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    get: async (name, context) => {
      const secret = await inner.get(name.toLowerCase(), context);
      return secret && { ...secret, name };
    },
    write: async (name, value, options, context) => ({
      ...(await inner.write(name.toLowerCase(), value, options, context)),
      name,
    }),
    delete: (name, options, context) => inner.delete(name.toLowerCase(), options, context),
  });

export const namesLowercased: BrokenBackend = {
  wrap,
  fails: [
    "names: percent signs are not decoded, once or twice",
    "names: upper and lower case are different",
    "listing: names come in the order of their bytes in UTF-8, each once",
    "listing: a prefix picks the names that begin with it",
    "listing: a prefix is no pattern",
    "listing: a list goes on behind any name, whether or not it exists",
    "listing: a list with a prefix goes on behind any name",
    "listing: a limit gives so many, or all that there are",
    "listing: pages of any size join to the whole list",
    "listing: one level gives its names, and each of its folders once",
    "listing: only names are the names of the whole list",
    "listing: list, has, get and the count agree",
    "listing: a list can be left before its end, and two can be read at a time",
  ],
};
