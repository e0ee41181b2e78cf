import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Connects at the first call, and keeps the failure of that for ever. */
const wrap: WrapBackend = (inner) => {
  let connected: Promise<unknown> | undefined;
  return changed(inner, {
    async get(name, context) {
      if (connected !== undefined) await connected;
      const read = inner.get(name, context);
      connected ??= read;
      return read;
    },
    async write(name, value, options, context) {
      await connected;
      return inner.write(name, value, options, context);
    },
  });
};

export const firstFailureKept: BrokenBackend = {
  wrap,
  fails: [
    "lifecycle: opening: a client that starts while the store is unavailable serves when it is available again",
  ],
};
