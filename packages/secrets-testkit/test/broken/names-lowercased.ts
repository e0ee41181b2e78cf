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
    "listing: a prefix selects the names that begin with it",
    "listing: a prefix is not a pattern",
    "listing: a list continues after any name, whether or not it exists",
    "listing: a list with a prefix continues after any name",
    "listing: a limit returns at most that many entries",
    "listing: pages of any size add up to the whole list",
    "listing: one level lists its names, and each of its folders once",
    "listing: onlyNames lists the same names",
    "listing: list, has, get and the count agree",
    "listing: a list can be ended early, and two lists can be read concurrently",
  ],
};
