import type { CallContext } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const TIMEOUT = 30_000;

/** A client library with a timeout of its own, after which there is no answer and so no secret. */
const wrap: WrapBackend = (inner, _store, clock) =>
  changed(inner, {
    async get(name, { signal, deadline, reserve, logger }) {
      const timeout = clock.timeout(TIMEOUT);
      const context: CallContext = { deadline, reserve, logger, signal: AbortSignal.any([signal, timeout]) };
      return inner.get(name, context).catch((error: unknown) => {
        if (timeout.aborted) return undefined;
        throw error;
      });
    },
  });

export const ownTimerAsAbsence: BrokenBackend = {
  wrap,
  fails: ["errors: timeout: no call claims a result after half a minute without an answer"],
};
