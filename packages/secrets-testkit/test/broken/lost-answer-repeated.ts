import { type CallContext, isSecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Sends a change again when the answer was lost, as if it had not been carried out. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    write: (name, value, options, context) =>
      again(context, () => inner.write(name, value, options, context)),
    delete: (name, options, context) => again(context, () => inner.delete(name, options, context)),
  });

async function again<Result>({ signal }: CallContext, change: () => Promise<Result>): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    if (signal.aborted || !isSecretsError(error, "OUTCOME_UNKNOWN")) throw error;
    return change();
  }
}

export const lostAnswerRepeated: BrokenBackend = {
  wrap,
  fails: [
    "errors: lost-answer: create ends with its actual outcome",
    "errors: lost-answer: delete ends with its actual outcome",
    "errors: lost-answer: update under a version ends with its actual outcome",
    "errors: lost-answer: delete under a version ends with its actual outcome",
    "errors: lost-answer: update with a function is applied once",
  ],
};
