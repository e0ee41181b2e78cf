import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Does not declare conditional writes, and takes conditions all the same. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    capabilities: Object.freeze({ ...inner.capabilities, conditionalWrites: false }),
  });

export const undeclaredConditionWorks: BrokenBackend = {
  wrap,
  fails: [
    "capabilities: conditions on a version work exactly when they are declared, and are UNSUPPORTED otherwise",
  ],
};
