import { type CallContext, SecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const TIMEOUT = 10_000;

/** A client library with a timeout of its own, whose error says that the store is unavailable, also after it sent a write. */
const wrap: WrapBackend = (inner, _store, clock) =>
  changed(inner, {
    async write(name, value, options, { signal, deadline, reserve, logger }) {
      const timeout = clock.timeout(TIMEOUT);
      const context: CallContext = { deadline, reserve, logger, signal: AbortSignal.any([signal, timeout]) };
      return inner.write(name, value, options, context).catch((error: unknown) => {
        if (timeout.aborted) throw new SecretsError("UNAVAILABLE", "The request timed out.");
        throw error;
      });
    },
  });

export const ownTimerDeniesWrite: BrokenBackend = {
  wrap,
  fails: ["errors: timeout: no call claims a result after half a minute without an answer"],
};
