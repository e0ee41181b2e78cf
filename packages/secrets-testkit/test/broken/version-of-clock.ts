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

/** Tells the time of the last change for a version, of which several changes can have the same. */
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
    "versions: write, get and list tell the same version",
    "versions: every write makes a version that was never there",
    "versions: a version does not return after deletion and creation anew",
    "versions: a write under an earlier version is CONFLICT and changes nothing",
    "versions: a write under a version of an earlier life is CONFLICT and changes nothing",
    "versions: a write under a version that no secret ever had is CONFLICT",
    "versions: a deletion under another version is CONFLICT and deletes nothing",
    "concurrency: of several writes under one version, by two clients, one wins",
    "concurrency: updates by a function, by two clients, lose none",
    "concurrency: of several writes the last state is one that was written, and versions are distinct",
  ],
};
