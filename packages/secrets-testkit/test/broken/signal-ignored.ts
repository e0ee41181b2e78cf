import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Waits for the server's answer even if its caller has aborted. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    get: (name, { deadline, reserve, logger }) =>
      inner.get(name, { deadline, reserve, logger, signal: new AbortController().signal }),
  });

export const signalIgnored: BrokenBackend = {
  wrap,
  fails: ["lifecycle: aborted: the backend ends get while the store does not respond"],
};
