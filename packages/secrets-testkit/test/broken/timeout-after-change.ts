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
  fails: [
    "errors: hanging-answer: create that is late ends in time with its actual outcome",
    "errors: hanging-answer: set that is late ends in time with its actual outcome",
    "errors: hanging-answer: update that is late ends in time with its actual outcome",
    "errors: hanging-answer: update with a function that is late ends in time with its actual outcome",
    "errors: hanging-answer: delete that is late ends in time with its actual outcome",
    "errors: hanging-answer: create that is aborted ends in time with its actual outcome",
    "errors: hanging-answer: set that is aborted ends in time with its actual outcome",
    "errors: hanging-answer: update that is aborted ends in time with its actual outcome",
    "errors: hanging-answer: update with a function that is aborted ends in time with its actual outcome",
    "errors: hanging-answer: delete that is aborted ends in time with its actual outcome",
    "errors: timeout: no call claims a result after half a minute without an answer",
    "errors: hanging-answer: create that another client has overwritten is not denied or repeated",
    "errors: hanging-answer: set that another client has overwritten is not denied or repeated",
    "errors: hanging-answer: update that another client has overwritten is not denied or repeated",
    "errors: hanging-answer: update with a function that another client has overwritten is not denied or repeated",
    "errors: hanging-answer: delete that another client has overwritten is not denied or repeated",
  ],
};
