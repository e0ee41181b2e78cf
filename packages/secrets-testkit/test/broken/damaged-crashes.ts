import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Crashes on `null`, which is JSON as well. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async get(name, context) {
      const secret = await inner.get(name, context);
      if ((secret?.value as unknown) === "null") throw new TypeError("Cannot read properties of null");
      return secret;
    },
  });

export const damagedCrashes: BrokenBackend = {
  wrap,
  fails: [
    "errors: damaged: a stored text that is no value is reported as a damaged secret, and not as absence",
  ],
};
