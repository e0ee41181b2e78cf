import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Passes the prefix to `LIKE`, where `%` and `_` stand for other characters. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list({ prefix, after, limit }, context) {
      const escaped = prefix.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      const pattern = new RegExp(`^${escaped.replaceAll("%", ".*").replaceAll("_", ".")}`, "su");
      let left = limit ?? Number.POSITIVE_INFINITY;
      for await (const info of inner.list({ prefix: "", after }, context)) {
        if (left <= 0) return;
        if (!pattern.test(info.name)) continue;
        left--;
        yield info;
      }
    },
  });

export const prefixAsPattern: BrokenBackend = {
  wrap,
  fails: ["listing: a prefix is not a pattern"],
};
