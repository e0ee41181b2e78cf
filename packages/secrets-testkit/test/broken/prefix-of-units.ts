import { compareNames } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Takes the last UTF-16 unit of the prefix plus one for the end of its names: that can be half of a character. */
export const prefixOfUnits: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, {
      async *list(range, context) {
        const { prefix } = range;
        const next = String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
        const end = `${prefix.slice(0, -1)}${next}`;
        for await (const info of inner.list(range, context)) {
          if (prefix === "" || compareNames(info.name, end) < 0) yield info;
        }
      },
    }),
  fails: ["listing: a prefix selects its names, whatever its last character is"],
};
