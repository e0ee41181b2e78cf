import type { MemoryStore } from "@archestra/secrets-core/memory";
import type { Expectation, StoredInfo, StoredSecret } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Returns only the counter, which starts again when a name is recreated. */
const wrap: WrapBackend = (inner, store) =>
  changed(inner, {
    get: async (name, context) => {
      const secret = await inner.get(name, context);
      return secret === undefined ? undefined : (counterOnly(secret) as StoredSecret);
    },
    write: async (name, value, { expect }, context) =>
      counterOnly(await inner.write(name, value, { expect: whole(store, name, expect) }, context)),
    delete: (name, { expect }, context) =>
      inner.delete(name, { expect: whole(store, name, expect) as typeof expect }, context),
    async *list(range, context) {
      for await (const info of inner.list(range, context)) yield counterOnly(info);
    },
  });

function counterOnly(info: StoredInfo): StoredInfo {
  return { ...info, version: String(info.version?.split(".")[1]) };
}

/** The version of today's life with this counter. */
function whole(store: MemoryStore, name: string, expect: Expectation): Expectation {
  if (typeof expect === "string") return expect;
  return { version: `${store.find(name)?.id}.${expect.version}` };
}

export const versionRepeated: BrokenBackend = {
  wrap,
  fails: [
    "versions: a version is not reused after deletion and re-creation",
    "versions: a write under a version from before a deletion is CONFLICT and changes nothing",
    "versions: a write under an unknown version is CONFLICT",
  ],
};
