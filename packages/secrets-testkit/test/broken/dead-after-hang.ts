import { SecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Closes its only connection when a read is aborted, and never opens another one. */
const wrap: WrapBackend = (inner) => {
  let isDead = false;
  const unlessDead = () => {
    if (isDead) throw new SecretsError("UNAVAILABLE", "The connection is closed.");
  };
  return changed(inner, {
    async get(name, context) {
      unlessDead();
      try {
        return await inner.get(name, context);
      } catch (error) {
        isDead = context.signal.aborted;
        throw error;
      }
    },
    async write(name, value, options, context) {
      unlessDead();
      return inner.write(name, value, options, context);
    },
  });
};

export const deadAfterHang: BrokenBackend = {
  wrap,
  fails: [
    "errors: timeout: after a hung call of any kind, the same client answers every call with its own answer",
    "errors: timeout: a client whose calls were aborted at the same time serves as many",
  ],
};
