import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Reads every secret to list it. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list(range, context) {
      for await (const { name } of inner.list(range, context)) {
        const secret = await inner.get(name, context);
        if (secret !== undefined) yield secret;
      }
    },
  });

export const listWithValues: BrokenBackend = {
  wrap,
  fails: ["listing: entries hold no value"],
};
