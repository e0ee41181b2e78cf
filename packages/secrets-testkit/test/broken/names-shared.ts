import type { MemoryStore } from "@archestra/secrets-core/memory";
import { compareNames, type SecretsBackend, type StoredInfo } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** The open clients of every store. */
const clients = new Map<SecretsBackend, MemoryStore>();

/** Has one index of names for all stores on the server. */
const wrap: WrapBackend = (inner, store) => {
  clients.set(inner, store);
  return changed(inner, {
    async *list(range, context) {
      const infos = new Map<string, StoredInfo>();
      for (const info of await Array.fromAsync(inner.list(range, context))) infos.set(info.name, info);
      for (const [other, itsStore] of clients) {
        if (itsStore === store) continue;
        for await (const { name } of other.list(range, context))
          if (!infos.has(name)) infos.set(name, { name, version: "1" });
      }
      const sorted = [...infos.values()].toSorted((a, b) => compareNames(a.name, b.name));
      yield* sorted.slice(0, range.limit);
    },
    async close() {
      clients.delete(inner);
      await inner.close();
    },
  });
};

export const namesShared: BrokenBackend = {
  wrap,
  fails: ["existence: two stores with the same names do not influence each other"],
};
