import type { CallContext } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Checks the signal only when the answer has arrived. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      const info = await inner.write(name, value, options, unlessAborted(context));
      context.signal.throwIfAborted();
      return info;
    },
    async delete(name, options, context) {
      const wasThere = await inner.delete(name, options, unlessAborted(context));
      context.signal.throwIfAborted();
      return wasThere;
    },
  });

function unlessAborted(context: CallContext): CallContext {
  if (!context.signal.aborted) return context;
  const { deadline, reserve, logger } = context;
  return { deadline, reserve, logger, signal: new AbortController().signal };
}

export const sentAlthoughAborted: BrokenBackend = {
  wrap,
  fails: ["create", "set", "delete", "update"].map(
    (operation) =>
      `lifecycle: aborted: the backend sends no request of ${operation} when the signal has aborted before`,
  ),
};
