import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Declares conditional writes, and writes whatever version is there. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    write: (name, value, { expect }, context) =>
      inner.write(name, value, { expect: typeof expect === "object" ? "present" : expect }, context),
  });

export const conditionIgnored: BrokenBackend = {
  wrap,
  fails: [
    "versions: a write under an earlier version is CONFLICT and changes nothing",
    "versions: a write under a version from before a deletion is CONFLICT and changes nothing",
    "versions: a write under an unknown version is CONFLICT",
    "concurrency: of several writes under one version by two clients, one succeeds",
    "concurrency: no update by a function of two clients is lost",
    "capabilities: conditions on a version work exactly when they are declared, and are UNSUPPORTED otherwise",
  ],
};
