import type { Health } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Sends one request for the checks that overlap, with the signal of the first. */
const wrap: WrapBackend = (inner) => {
  let checking: Promise<Health> | undefined;
  return changed(inner, {
    async check(options, context) {
      if (options.count) return inner.check(options, context);
      checking ??= inner.check(options, context).finally(() => {
        checking = undefined;
      });
      return structuredClone(await checking);
    },
  });
};

export const checksJoined: BrokenBackend = {
  wrap,
  fails: ["errors: timeout: while a check hangs, a client that serves other reads serves another check"],
};
