import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Reports invalid credentials as a missing permission. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    classify(error) {
      const code = inner.classify?.(error);
      return code === "UNAUTHENTICATED" ? "PERMISSION_DENIED" : code;
    },
  });

export const codesConfused: BrokenBackend = {
  wrap,
  fails: [
    "errors: unauthenticated: create is UNAUTHENTICATED",
    "errors: unauthenticated: set is UNAUTHENTICATED",
    "errors: unauthenticated: update is UNAUTHENTICATED",
    "errors: unauthenticated: update with a function is UNAUTHENTICATED",
    "errors: unauthenticated: delete is UNAUTHENTICATED",
    "errors: unauthenticated: get is UNAUTHENTICATED",
    "errors: unauthenticated: getMany is UNAUTHENTICATED",
    "errors: unauthenticated: has is UNAUTHENTICATED",
    "errors: unauthenticated: list is UNAUTHENTICATED",
    "errors: unauthenticated: check is UNAUTHENTICATED",
  ],
};
