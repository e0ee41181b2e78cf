import type { ReadResult } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Says that there is nothing under the names whose reads fail. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async getMany(names, context) {
      const results = new Map<string, ReadResult>();
      for (const name of names) {
        const secret = await inner.get(name, context).catch(() => undefined);
        const isValue = typeof secret?.value === "object";
        results.set(
          name,
          isValue && secret !== undefined ? { status: "found", secret } : { status: "absent" },
        );
      }
      return results;
    },
  });

export const failedNamesDropped: BrokenBackend = {
  wrap,
  fails: [
    "existence: getMany returns the other secrets when one cannot be read",
    "errors: unauthenticated: getMany is UNAUTHENTICATED",
    "errors: permission-denied: getMany is PERMISSION_DENIED",
    "errors: rate-limited: getMany is RATE_LIMITED",
    "errors: unavailable: getMany is UNAVAILABLE",
    "errors: lost-answer: getMany ends with its actual outcome",
    "errors: lost-request: getMany ends with its actual outcome",
    "errors: nonsense: getMany claims nothing",
    "errors: damaged: what another program stored and is no value is a damaged secret for every call",
  ],
};
