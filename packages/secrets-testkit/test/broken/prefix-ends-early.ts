import { compareNames } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Takes U+FFFF for the last character, and leaves out names with later ones after the prefix. */
export const prefixEndsEarly: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, {
      async *list(range, context) {
        for await (const info of inner.list(range, context)) {
          if (range.prefix === "" || compareNames(info.name, `${range.prefix}\uffff`) <= 0) yield info;
        }
      },
    }),
  fails: ["listing: a prefix selects names whose next character is beyond the Basic Multilingual Plane"],
};
