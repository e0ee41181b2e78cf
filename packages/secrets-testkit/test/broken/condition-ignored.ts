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
    "versions: a write under a version of an earlier life is CONFLICT and changes nothing",
    "versions: a write under a version that no secret ever had is CONFLICT",
    "concurrency: of several writes under one version, by two clients, one wins",
    "concurrency: updates by a function, by two clients, lose none",
    "capabilities: conditions on a version hold exactly when they are declared, and are UNSUPPORTED otherwise",
  ],
};
