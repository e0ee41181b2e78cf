import { SecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Has a history that it does not support. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async history() {
      throw new SecretsError("UNSUPPORTED", "The server keeps no older versions.");
    },
  });

export const historyRefused: BrokenBackend = {
  wrap,
  fails: [
    "versions: history: versions are listed once each, the newest first, which is the one that get returns",
    "versions: history: a name that was never written has no versions",
    "versions: history: a deleted secret has no present version, and a new one of its name has one",
    "versions: history: no version holds its value",
    "versions: history: every client lists a version as soon as its write has ended",
    "versions: history: each name has versions of its own",
    "versions: history: unavailable is UNAVAILABLE, and never an empty list",
    "versions: history: permission-denied is PERMISSION_DENIED, and never an empty list",
    "versions: history works exactly when the backend has it, and is UNSUPPORTED otherwise",
  ],
};
