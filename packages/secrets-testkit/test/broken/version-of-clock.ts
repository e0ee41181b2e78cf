import type { MemoryStore } from "@archestra/secrets-core/memory";
import {
  type Expectation,
  type StoredInfo,
  type StoredSecret,
  secretChanged,
} from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** A clock that is too coarse, as one of milliseconds is when two clients write: so coarse that it never ticks meanwhile. */
const TICK_MILLISECONDS = 365 * 24 * 60 * 60 * 1_000;

/** Returns the time of the last change as the version, which several changes can share. */
const wrap: WrapBackend = (inner, store) =>
  changed(inner, {
    get: async (name, context) => {
      const secret = await inner.get(name, context);
      return secret && (clockOnly(secret) as StoredSecret);
    },
    write: async (name, value, { expect }, context) =>
      clockOnly(await inner.write(name, value, { expect: whole(store, name, expect) }, context)),
    delete: async (name, { expect }, context) =>
      inner.delete(name, { expect: whole(store, name, expect) as typeof expect }, context),
    async *list(range, context) {
      for await (const info of inner.list(range, context)) yield clockOnly(info);
    },
  });

function clockOnly(info: StoredInfo): StoredInfo {
  return { ...info, version: tickOf(info.updatedAt) };
}

function tickOf(time: Date | undefined): string {
  return String(Math.floor(Number(time) / TICK_MILLISECONDS));
}

/** Today's version, when it is of that tick. */
function whole(store: MemoryStore, name: string, expect: Expectation): Expectation {
  if (typeof expect === "string") return expect;
  const row = store.find(name);
  if (row === undefined) return expect;
  if (expect.version !== tickOf(row.updatedAt)) throw secretChanged();
  return { version: `${row.id}.${row.version}` };
}

export const versionOfClock: BrokenBackend = {
  wrap,
  fails: [
    "versions: write, get and list return the same version",
    "versions: every write creates a new version",
    "versions: a version is not reused after deletion and re-creation",
    "versions: a write under an earlier version is CONFLICT and changes nothing",
    "versions: a write under a version from before a deletion is CONFLICT and changes nothing",
    "versions: a write under an unknown version is CONFLICT",
    "versions: a deletion under another version is CONFLICT and deletes nothing",
    "concurrency: of several writes under one version by two clients, one succeeds",
    "concurrency: no update by a function of two clients is lost",
    "concurrency: after several writes, the state is one of the written ones, and versions are distinct",
  ],
};
