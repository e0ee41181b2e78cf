import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Returns the version that a conditional write expected, which it has replaced. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      const info = await inner.write(name, value, options, context);
      return typeof options.expect === "object" ? { ...info, version: options.expect.version } : info;
    },
  });

export const versionOfConditionReturned: BrokenBackend = {
  wrap,
  fails: [
    "versions: update with a function returns the version and the times that another client reads",
    "versions: update under a version returns the version and the times that another client reads",
  ],
};
