import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import { LOST_CONNECTION, statusOf } from "../support/remote-memory.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Finds no answer on a connection that is lost, and takes it for an empty one. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    get: (name, context) => inner.get(name, context).catch(insteadOfLoss(undefined)),
    async *list(range, context) {
      try {
        yield* inner.list(range, context);
      } catch (error) {
        insteadOfLoss(undefined)(error);
      }
    },
    check: (options, context) =>
      inner.check(options, context).catch(insteadOfLoss({ status: "healthy" as const, problems: [] })),
  });

function insteadOfLoss<Answer>(answer: Answer): (error: unknown) => Answer {
  return (error) => {
    if (statusOf(error) === LOST_CONNECTION) return answer;
    throw error;
  };
}

export const lostConnectionAsAbsence: BrokenBackend = {
  wrap,
  fails: [
    "errors: lost-answer: update with a function ends with its actual outcome",
    "errors: lost-answer: get ends with its actual outcome",
    "errors: lost-answer: getMany ends with its actual outcome",
    "errors: lost-answer: has ends with its actual outcome",
    "errors: lost-answer: list ends with its actual outcome",
    "errors: lost-request: update with a function ends with its actual outcome",
    "errors: lost-request: get ends with its actual outcome",
    "errors: lost-request: getMany ends with its actual outcome",
    "errors: lost-request: has ends with its actual outcome",
    "errors: lost-request: list ends with its actual outcome",
  ],
};
