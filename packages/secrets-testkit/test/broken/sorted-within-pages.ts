import { compareNames } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const PAGE = 400;
const ending = (name: string) => name.slice(-2);

/** Sorts each page of a store that returns names in another order. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list(range, context) {
      const infos = await Array.fromAsync(inner.list(range, context));
      if (infos.length > PAGE) infos.sort((a, b) => (ending(a.name) < ending(b.name) ? -1 : 1));
      for (let start = 0; start < infos.length; start += PAGE) {
        yield* infos.slice(start, start + PAGE).sort((a, b) => compareNames(a.name, b.name));
      }
    },
  });

export const sortedWithinPages: BrokenBackend = {
  wrap,
  fails: ["listing: more secrets than a page of the store are all listed and counted"],
};
