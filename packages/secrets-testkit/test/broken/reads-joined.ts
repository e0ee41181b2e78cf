import type { StoredSecret } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Sends one request for the reads of a secret that overlap, with the signal of the first. */
const wrap: WrapBackend = (inner) => {
  const reads = new Map<string, Promise<StoredSecret | undefined>>();
  return changed(inner, {
    async get(name, context) {
      let read = reads.get(name);
      if (read === undefined) {
        read = inner.get(name, context).finally(() => reads.delete(name));
        reads.set(name, read);
      }
      const secret = await read;
      return secret && structuredClone(secret);
    },
  });
};

export const readsJoined: BrokenBackend = {
  wrap,
  // `getMany` and `has` are `get` of the manager here.
  fails: [
    "errors: timeout: a get of the backend does not share the signal of another get that hangs",
    "errors: timeout: while a get hangs, a client that serves other reads serves another get",
    "errors: timeout: while a getMany hangs, a client that serves other reads serves another getMany",
    "errors: timeout: while a has hangs, a client that serves other reads serves another has",
  ],
};
