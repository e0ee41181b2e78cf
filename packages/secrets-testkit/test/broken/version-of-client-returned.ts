import { randomUUID } from "node:crypto";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Returns a version and a time of its own from writes without a condition, which the store does not keep. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      const info = await inner.write(name, value, options, context);
      if (typeof options.expect === "object") return info;
      return { ...info, version: randomUUID(), updatedAt: new Date(Number(info.updatedAt) + 1) };
    },
  });

export const versionOfClientReturned: BrokenBackend = {
  wrap,
  fails: [
    "versions: write, get and list return the same version",
    "versions: create returns the version and the times that another client reads",
    "versions: set of an absent secret returns the version and the times that another client reads",
    "versions: set of an existing secret returns the version and the times that another client reads",
    "versions: update returns the version and the times that another client reads",
    "versions: update under a version returns the version and the times that another client reads",
    "versions: reading changes no version",
    "versions: a rejected write changes no version",
    "versions: a write under the current version replaces the value",
    "versions: a deletion under the current version deletes",
    "versions: the returned times agree, and change only with writes",
    "concurrency: of several writes under one version by two clients, one succeeds",
    "concurrency: after several writes, the state is one of the written ones, and versions are distinct",
  ],
};
