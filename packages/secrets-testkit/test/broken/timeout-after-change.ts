import { type CallContext, isSecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Gives up with the caller, also after the change was sent, and so says that nothing was changed. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    write: (name, value, options, context) =>
      inner.write(name, value, options, context).catch(giveUp(context)),
    delete: (name, options, context) => inner.delete(name, options, context).catch(giveUp(context)),
  });

function giveUp({ signal }: CallContext): (error: unknown) => never {
  return (error) => {
    if (isSecretsError(error, "OUTCOME_UNKNOWN")) signal.throwIfAborted();
    throw error;
  };
}

export const timeoutAfterChange: BrokenBackend = {
  wrap,
  fails: ["late", "aborted"].flatMap((ending) =>
    ["create", "set", "update", "update with a function", "delete"].map(
      (operation) =>
        `errors: hanging-answer: ${operation} that is ${ending} ends in time with its actual outcome`,
    ),
  ),
};
