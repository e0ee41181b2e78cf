import type { Health } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Remembers that the store was healthy. */
const wrap: WrapBackend = (inner) => {
  let healthy: Health | undefined;
  return changed(inner, {
    async check(options, context) {
      if (healthy !== undefined && !options.count) return healthy;
      const health = await inner.check(options, context);
      if (health.status === "healthy" && !options.count) healthy = health;
      return health;
    },
  });
};

export const healthRemembered: BrokenBackend = {
  wrap,
  fails: [
    "errors: unavailable: check of a client that was healthy reports the fault, and its end",
    "errors: permission-denied: check of a client that was healthy reports the fault, and its end",
    "errors: unauthenticated: check of a client that was healthy reports the fault, and its end",
  ],
};
