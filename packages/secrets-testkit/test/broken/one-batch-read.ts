import type { ReadResult } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const BATCH = 100;

/** Requests as many secrets as one batch holds, and says of the others that they are absent. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async getMany(names, context) {
      const results = new Map<string, ReadResult>(names.map((name) => [name, { status: "absent" }]));
      for (const name of names.slice(0, BATCH)) {
        try {
          const secret = await inner.get(name, context);
          if (secret !== undefined) results.set(name, { status: "found", secret });
        } catch (error) {
          results.set(name, { status: "failed", error });
        }
      }
      return results;
    },
  });

export const oneBatchRead: BrokenBackend = {
  wrap,
  fails: ["existence: getMany returns a result for each name around the batch sizes of usual stores"],
};
