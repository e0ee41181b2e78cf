import type { ReadResult } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Collects the results of `getMany` in a plain object. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async getMany(names, context) {
      const results: Record<string, ReadResult> = {};
      for (const name of names) {
        try {
          const secret = await inner.get(name, context);
          results[name] = secret === undefined ? { status: "absent" } : { status: "found", secret };
        } catch (error) {
          results[name] = { status: "failed", error };
        }
      }
      return new Map(Object.entries(results));
    },
  });

export const namesAsProperties: BrokenBackend = {
  wrap,
  fails: ["existence: getMany returns a result for each name of an object's properties, found or absent"],
};
