import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Takes a refusal for a proof that there is nothing. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async get(name, context) {
      try {
        return await inner.get(name, context);
      } catch (error) {
        if (inner.classify?.(error) === "PERMISSION_DENIED") return undefined;
        throw error;
      }
    },
  });

export const permissionAsAbsence: BrokenBackend = {
  wrap,
  fails: [
    "errors: permission-denied: update with a function is PERMISSION_DENIED",
    "errors: permission-denied: get is PERMISSION_DENIED",
    "errors: permission-denied: getMany is PERMISSION_DENIED",
    "errors: permission-denied: has is PERMISSION_DENIED",
  ],
};
